import type { File } from './tree.ts'

export type Finding = { readonly file: string; readonly line: number; readonly says: string }

/** A rule of the house: what holds, why, and what to do about a finding. */
export type Rule = {
  readonly law: string
  readonly why: string
  readonly remedy: string
  readonly find: (files: readonly File[]) => readonly Finding[]
}

export function explain(rule: Rule, findings: readonly Finding[]): string {
  const list = findings.map(({ file, line, says }) => `  ${file}:${line}  ${says}`).join('\n')
  return `${rule.law}\n${list}\nWhy: ${rule.why}\nWhat to do: ${rule.remedy}`
}

export const hubSource = 'packages/hub/src/'

/** What runs in the hub's process: neither tests nor the benchmarks. */
export function shippedHub(files: readonly File[]): readonly File[] {
  return files.filter((file) => file.path.startsWith(hubSource) && !file.isTest)
}

/** What the project ships, whichever package. */
export function shipped(files: readonly File[]): readonly File[] {
  return files.filter((file) => /^packages\/[^/]+\/src\//.test(file.path) && !file.isTest)
}

/** The folders where a bank or a policy system is played, and which `simulator.ts` beside a connector. */
export function isSimulator(path: string): boolean {
  return /\/simulator(\/|\.ts$)/.test(path)
}
