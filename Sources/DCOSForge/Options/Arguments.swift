import ForgePlanning
import ForgeModel
import ArgumentParser
import DCOSForgeCore

extension Stage: ExpressibleByArgument {}

extension NodeRole: ExpressibleByArgument {}

extension Wait.Goal: ExpressibleByArgument {}
