# shellcheck shell=bash disable=SC2154
# The dcos_install.sh that this node runs as root. Given: url, installer (its SHA-256, which the
# bootstrap node said over SSH).

# Others may neither look into it nor write there, so what was checked is what runs.
installer_folder=$state_folder/installer

# fetch_installer: brings dcos_install.sh into installer_folder and prints what came; fails, and
# leaves none there, unless it has that SHA-256.
fetch_installer() {
  local file=$installer_folder/dcos_install.sh sum=''
  { mkdir -p "$installer_folder" && chmod 700 "$installer_folder" && rm -f "$file"; } ||
    die "could not make $installer_folder"
  fetch installer 60 "$url/dcos_install.sh" -f
  # Of nothing curl makes no file.
  if [[ $(<"$work/installer.status") == 0 && -e $work/installer.body ]]; then
    mv -f "$work/installer.body" "$file" || die "could not write $file"
    sum=$(sha256sum <"$file")
    sum=${sum%% *}
    [[ $sum == "$installer" ]] || rm -f "$file"
  fi
  json_fetched installer installer 0 sum "$sum"
  [[ $sum == "$installer" ]]
}
