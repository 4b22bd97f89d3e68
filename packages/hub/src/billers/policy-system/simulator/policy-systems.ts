import { type DlisSettings, playDlis } from './dlis.ts'
import { type IngeniumSettings, playIngenium } from './ingenium.ts'
import { type BillOrder, isPolicyRecord, PolicyBook, type SystemName } from './policy-book.ts'
import { policyOwnFaults, type PolicyPorts } from './ports.ts'

export type PolicySystemSettings = { readonly DLIS: DlisSettings; readonly INGENIUM: IngeniumSettings }

export type PolicySystemSimulator = ReturnType<typeof createPolicySystem>

/** Both policy systems, played by us. `portsOf` gives each its own share of the host. */
export function createPolicySystems(
  settings: PolicySystemSettings,
  portsOf: (name: SystemName) => PolicyPorts,
): PolicySystemSimulator[] {
  return [
    createPolicySystem('DLIS', settings.DLIS.basePath, portsOf('DLIS'), (book) => playDlis(settings.DLIS, book)),
    createPolicySystem('INGENIUM', settings.INGENIUM.basePath, portsOf('INGENIUM'), (book) =>
      playIngenium(settings.INGENIUM, book),
    ),
  ]
}

function createPolicySystem(
  name: SystemName,
  basePath: string,
  ports: PolicyPorts,
  play: (book: PolicyBook) => ReturnType<typeof playDlis>,
) {
  const book = new PolicyBook(name, ports)
  return {
    name,
    basePath,
    routes: play(book),
    ownFaults: policyOwnFaults,
    /** Takes back one kept record at the start; `begin` follows the last one. */
    recall(record: Readonly<Record<string, unknown>>): void {
      if (isPolicyRecord(record)) book.recall(record)
    },
    begin: (): void => book.dateSamples(),
    makeBills: (order: BillOrder): string[] => book.makeBills(order),
    credits: () => book.journal(),
    creditNotes: () => book.journalOfNotes(),
  }
}
