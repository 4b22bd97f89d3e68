import type { ConnectorTools } from '../kit/guard.ts'
import type { Biller } from './biller.ts'
import { createPolicySystem } from './policy-system/index.ts'
import { readPolicySystemSettings } from './policy-system/settings.ts'

/** Makes the connector of `policySystems.{name}`. Throws `SettingsError` with everything that is wrong. */
export function createBiller(name: string, raw: unknown, tools: ConnectorTools): Biller {
  return createPolicySystem(name, readPolicySystemSettings(name, raw, tools), tools)
}
