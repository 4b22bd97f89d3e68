import { execFileSync } from 'node:child_process'
import { readdirSync, readFileSync, readlinkSync } from 'node:fs'

/** `zombie`: it has ended, but its parent has not collected it yet, so its number still looks alive to others. */
export type ProcessState = 'running' | 'zombie' | 'gone'

const linux = process.platform === 'linux'

export function processState(pid: number): ProcessState {
  try {
    process.kill(pid, 0)
  } catch (error) {
    // EPERM: it lives, and belongs to somebody else.
    if ((error as NodeJS.ErrnoException).code !== 'EPERM') return 'gone'
  }
  const letter = linux ? stateInProc(pid) : ps(pid, 'stat')
  if (letter === undefined) return 'gone'
  return /^[ZX]/.test(letter) ? 'zombie' : 'running'
}

/** The arguments a process was started with; empty where they cannot be read. Elsewhere than on Linux: split at blanks. */
export function commandLine(pid: number): readonly string[] {
  if (!linux) return (ps(pid, 'command') ?? '').split(' ')
  return (readProc(pid, 'cmdline') ?? '').split('\0').slice(0, -1)
}

/** Whether it was started with exactly this argument (elsewhere than on Linux: with this text among them). */
export function startedWith(pid: number, argument: string): boolean {
  return linux ? commandLine(pid).includes(argument) : (ps(pid, 'command') ?? '').includes(argument)
}

/** Processes whose working directory is `folder`: PostgreSQL's backends stand in their cluster. Linux only, else empty. */
export function processesStandingIn(folder: string): readonly number[] {
  if (!linux) return []
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((pid) => {
      try {
        return readlinkSync(`/proc/${pid}/cwd`) === folder
      } catch {
        return false
      }
    })
}

/** The letter after the command's name, which itself may hold blanks and brackets. */
function stateInProc(pid: number): string | undefined {
  return /\) (\S)/.exec((readProc(pid, 'stat') ?? '').replace(/^.*\)/s, ')'))?.[1]
}

function readProc(pid: number, file: string): string | undefined {
  try {
    return readFileSync(`/proc/${pid}/${file}`, 'utf8')
  } catch {
    return undefined
  }
}

function ps(pid: number, column: string): string | undefined {
  try {
    return execFileSync('/bin/ps', ['-o', `${column}=`, '-p', String(pid)], { encoding: 'utf8' }).trim()
  } catch {
    return undefined
  }
}
