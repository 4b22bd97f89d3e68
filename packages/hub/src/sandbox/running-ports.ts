import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

export type Ports = {
  readonly gateway: number
  readonly khqr: number
  readonly integration: number
  readonly simulator: number
}

const fileName = 'running-ports.json'

/** Notes the ports the hub really opened: a setting of 0 means any free one, and the command line must find it. */
export function noteRunningPorts(dataDir: string, ports: Ports): void {
  mkdirSync(dataDir, { recursive: true })
  const file = join(dataDir, fileName)
  writeFileSync(`${file}.new`, `${JSON.stringify(ports)}\n`)
  renameSync(`${file}.new`, file)
}

/** The ports of the hub that was started last with this data folder; the configured ones when none was. */
export function runningPorts(config: { readonly dataDir: string; readonly ports: Ports }): Ports {
  const file = join(config.dataDir, fileName)
  return existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as Ports) : config.ports
}

/** Where this machine reaches a port of the hub: the bound address, or loopback when it listens on all of them. */
export function localUrl(config: { readonly bind: string }, port: number): string {
  const host = config.bind === '0.0.0.0' || config.bind === '::' ? '127.0.0.1' : config.bind
  return `http://${host.includes(':') ? `[${host}]` : host}:${port}`
}
