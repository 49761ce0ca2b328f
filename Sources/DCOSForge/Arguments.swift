import ForgePlanning
import ForgeModel
package import ArgumentParser
package import DCOSForgeCore

extension Stage: ExpressibleByArgument {}

extension NodeRole: ExpressibleByArgument {}
