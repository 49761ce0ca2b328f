extension TidySample {
  static let all = sizes + directions + code + texts + pages

  private static func lines(_ count: Int) -> String {
    String(repeating: "  a()\n", count: count)
  }

  private static let sizes = [
    TidySample(
      rule: "lines have at most 100 columns",
      planted: [
        "Sources/A.swift": "a\n// " + String(repeating: "é", count: 98),
        "Makefile": String(repeating: "a", count: 101),
        "lab/a": String(repeating: "a", count: 101),
      ],
      found: [
        "Sources/A.swift:2: 101 columns", "Makefile:1: 101 columns", "lab/a:1: 101 columns",
      ],
      clean: [
        "Sources/A.swift": "// " + String(repeating: "é", count: 97),
        "Tests/A.sh": "# https://" + String(repeating: "a", count: 100),
        "docs/a.md": String(repeating: "a", count: 101),
        "lab/a.yaml": String(repeating: "a", count: 101),
        "lab/a/b": String(repeating: "a", count: 101),
      ]),
    TidySample(
      rule: "functions have at most 70 lines",
      planted: [
        "Sources/A.swift": "struct A {\nfunc f() {\n  g {\n\(lines(67))  }\n}\n}",
        "Tests/A.swift": "struct A {\nvar a: Int {\n\(lines(69))}\ninit() {\n\(lines(69))}\n}",
      ],
      found: [
        "Sources/A.swift:2: f: 71 lines", "Tests/A.swift:2: a: 71 lines",
        "Tests/A.swift:73: init: 71 lines",
      ],
      clean: [
        "Sources/A.swift": "struct A {\nfunc f() {\n\(lines(68))}\nlet a = [\n\(lines(99))]\n}"
      ]),
    TidySample(
      rule: "files have at most 400 lines, of tests 500",
      planted: ["Sources/A.c": lines(401), "Tests/A.swift": lines(501)],
      found: ["Sources/A.c:401: 401 lines", "Tests/A.swift:501: 501 lines"],
      clean: ["Sources/A.c": lines(400), "Tests/A.swift": lines(500), "docs/a.md": lines(600)]),
  ]

  /// All floors; `extra` is what Support knows.
  private static func package(_ extra: String) -> String {
    FloorRules.order.dropLast().map { name in
      "floor(\"\(name.dropFirst(5))\", [\(name == "ForgeSupport" ? extra : "crypto")]),\n"
    }.joined() + ".target(\n  name: \"DCOSForgeCore\",\n  dependencies: [\"ForgeSupport\", crypto])"
  }

  private static func page(_ supportKnows: String) -> String {
    "<!-- floors -->\n"
      + FloorRules.order.map { name in
        let knows =
          name == "ForgeSupport" ? supportKnows : name == "DCOSForgeCore" ? "`ForgeSupport`" : "–"
        return "| `\(name)` | path | \(knows) |\n"
      }.joined() + "<!-- /floors -->\n"
  }

  private static let coreFile = "Sources/DCOSForgeCore/Engine/A.swift"
  private static let supportFile = "Sources/DCOSForgeCore/Support/A.swift"

  private static let directions = [
    TidySample(
      rule: "a floor knows only those below it",
      planted: [
        "Package.swift": package("\"ForgeModel\"") + "\nfloor(\"Attic\")",
        coreFile: "package import ForgeModel\nimport ForgeSupport",
        supportFile: "import ForgeModel",
      ],
      found: [
        "Package.swift:1: ForgeSupport knows ForgeModel above",
        "Package.swift:1: ForgeAttic is not in both Package.swift and the order",
        "Package.swift:17: DCOSForgeCore imports ForgeModel and does not name it",
      ],
      clean: ["Package.swift": package(""), coreFile: "import ForgeSupport"]),
    TidySample(
      rule: "docs/architecture.md shows the floors",
      planted: [
        "Package.swift": package("\"ForgeModel\""), "docs/architecture.md": page("ForgeKeys"),
      ],
      found: [
        "docs/architecture.md:1: ForgeSupport knows ForgeModel in Package.swift, ForgeKeys here"
      ],
      clean: ["Package.swift": package(""), "docs/architecture.md": page("–")]),
    TidySample(
      rule: "a folder of DCOSForgeCore knows only those below it",
      planted: [
        coreFile: "struct Loop {}\nlet up: Up.Report\nlet kind = Kind.Text\ntitle(up)",
        "Sources/DCOSForgeCore/Attic/A.swift": "", supportFile: "",
        "Sources/DCOSForgeCore/Operations/A.swift": "struct Up { struct Report {} }",
        "Sources/DCOSForgeCore/Reporting/A.swift": "enum Text {}\nextension Up {}\nfunc title() {}",
      ],
      found: [
        "Sources/DCOSForgeCore/Attic/A.swift:1: Attic is in no table of folders",
        "\(coreFile):2: Engine knows Up of Operations",
        "\(coreFile):4: Engine knows title of Reporting",
      ],
      clean: [
        coreFile: "struct Loop {}\n// Up\nlet a = \"Up\"",
        "Sources/DCOSForgeCore/Operations/A.swift": "struct Up { let loop: Loop }",
      ]),
    TidySample(
      rule: "a C library has one importer",
      planted: [coreFile: "import CLibvirt"],
      found: ["\(coreFile):1: imports CLibvirt"],
      clean: [
        "Sources/DCOSForgeCore/Libvirt/A.swift": "import CLibvirt", coreFile: "// import CYAML",
      ]),
  ]

  private static let code = [
    TidySample(
      rule: "clocks and tasks come from the context",
      planted: [
        coreFile: """
        let a = Date()
        Task { await a }
        let clock: some Clock = .continuous
        let b = "\\(Date.now)"
        """
      ],
      found: [
        "\(coreFile):1: Date()", "\(coreFile):2: Task {", "\(coreFile):3: .continuous",
        "\(coreFile):4: Date.now",
      ],
      clean: [
        coreFile: "// Task { }\nwithTaskGroup(of: Int.self) { Date(timeIntervalSince1970: 1) }",
        "Tests/A.swift": "Task { }",
      ]),
    TidySample(
      rule: "the floors below the ports are pure",
      planted: [supportFile: "import Glibc\nfunc f() async { print(Int.random(in: 0..<1)) }"],
      found: [
        "\(supportFile):1: Glibc", "\(supportFile):2: async", "\(supportFile):2: .random(",
        "\(supportFile):2: print(",
      ],
      clean: [supportFile: "// async\nlet a = \"print(\"", coreFile: "func f() async {}"]),
    TidySample(
      rule: "all output leaves through the console",
      planted: ["Sources/A.swift": "OutputQueue.standard.write(a, to: 1)\nfputs(a, stderr)"],
      found: ["Sources/A.swift:1: OutputQueue.standard.write", "Sources/A.swift:2: fputs("],
      clean: [
        "Sources/A.swift": "OutputQueue.standard.finish()\n// fputs(", "Tests/A.swift": "puts(a)",
      ]),
    TidySample(
      rule: "nothing is forced",
      planted: [
        "Tests/A.swift": "try! f()\na as! B\n#expect(true)", "Sources/A.swift": "#if DEBUG",
      ],
      found: [
        "Tests/A.swift:1: try!", "Tests/A.swift:2: as!", "Tests/A.swift:3: #expect(true)",
        "Sources/A.swift:1: #if DEBUG",
      ],
      clean: ["Tests/A.swift": "if try !f() {}\n// try!\n#expect(a == true)\n\"fatalError(\""]),
    TidySample(
      rule: "every declaration is used",
      planted: [
        "Sources/A.swift": """
        enum E { case a, b }
        struct S { let x: Int; init(x: Int) { self.x = x } }
        func f() { _ = (E.a, S(x: 1)) }
        private func recursive() { recursive() }
        f()
        func onlyInTests() {}
        """, "Tests/A.swift": "onlyInTests()",
      ],
      found: [
        "Sources/A.swift:1: case b is unused", "Sources/A.swift:2: let x is unused",
        "Sources/A.swift:4: func recursive is unused",
        "Sources/A.swift:6: func onlyInTests is unused outside Tests",
      ],
      clean: [
        "Sources/A.swift": """
        enum E: String { case a, b }
        struct S: Encodable { let x = 1 }
        f("\\(E.self) \\(S())")
        func suspend() {}
        """, "Tests/A.swift": "suspend()",
      ]),
    TidySample(
      rule: "every test asserts",
      planted: [
        "Tests/A.swift": "@Test(arguments: [1]) func a(_ b: Int) { f() }\nfunc f() { #expect(a) }"
      ],
      found: ["Tests/A.swift:1: a asserts nothing"],
      clean: [
        "Tests/A.swift": """
        @Test func a() throws { try #require(b) }
        @Test func c() { tryAll("x", []) }
        func helper() {}
        """
      ]),
  ]

  private static let texts = [
    TidySample(
      rule: "nothing is left open",
      planted: [
        "Sources/a.sh": "a # TODO: b", "Tests/A.swift": "// XXX\n@Test(.disabled()) func a() {}",
      ],
      found: [
        "Sources/a.sh:1: TODO", "Tests/A.swift:1: XXX",
        "Tests/A.swift:2: disabled without a reason",
      ],
      clean: ["Sources/a.sh": "mktemp a.XXXXXX", "Tests/A.swift": "@Test(.disabled(\"slow\"))"]),
    TidySample(
      rule: "words are those of the glossary",
      planted: [
        "Sources/A.swift": "// A Law.\nlet theLawsHold = \"breach\"",
        "lab/lab": "# chapter_count",
        WordRule.page: glossary,
      ],
      found: [
        "Sources/A.swift:1: law: use invariant", "Sources/A.swift:2: laws: use invariant",
        "Sources/A.swift:2: breach: use invariant", "lab/lab:1: chapter: use invariant",
      ],
      clean: ["Sources/A.swift": "// flaw, lawn, outlaw, LAWN", WordRule.page: glossary]),
    TidySample(
      rule: "the product does not know the lab",
      planted: ["Sources/A.swift": "// see lab/README.md"],
      found: ["Sources/A.swift:1: lab/"],
      clean: ["Sources/A.swift": "\"collab/\"", "Tests/A.swift": "\"lab/lab\""]),
    TidySample(
      rule: "the project stands by itself",
      planted: ["docs/a.md": "see /Users/me/a.md"],
      found: ["docs/a.md:1: /Users/"],
      clean: ["docs/a.md": "$output/work/a"]),
  ]

  /// A page that replaces every word that the rule enforces.
  private static let glossary =
    "| instead of | use |\n|---|---|\n"
    + WordRule.house.words.sorted().map { "| \($0) | invariant |\n" }.joined()

  private static let pages = [
    TidySample(
      rule: "every page is linked",
      planted: ["README.md": "[a](docs/a.md)", "docs/a.md": "[b](b.md)", "docs/b.md": ""],
      found: ["docs/b.md:1: no link from README.md, docs/README.md, docs/decisions/README.md"],
      clean: [
        "README.md": "[docs](docs/README.md)", "docs/README.md": "[a](a.md#b)", "docs/a.md": "",
      ]),
    TidySample(
      rule: "every link leads somewhere",
      planted: ["docs/a.md": "# One `two`\n[x](../gone.md), [y](#one-three), [z](../../up.md)"],
      found: [
        "docs/a.md:2: ../gone.md leads nowhere", "docs/a.md:2: #one-three leads nowhere",
        "docs/a.md:2: ../../up.md leads nowhere",
      ],
      clean: [
        "docs/a.md": "# One `two`: x\n[y](#one-two-x), [z](../README.md#top), [w](https://a.b/c)",
        "README.md": "# Top\n```\n[no](link.md)\n```\n[a](docs/a.md#one-two-x)",
      ]),
  ]
}
