import { spawn } from 'node:child_process'
import { accessSync, constants } from 'node:fs'
import * as nodeModule from 'node:module'
import { constants as system } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

// Read by Nodes as old as 16: nothing newer than that here.

const oldestMajor = 24
const stopSignals = ['SIGINT', 'SIGTERM', 'SIGHUP']
const launcherMark = 'KHQR_HUB_LAUNCHER'
const compiledFolder = fileURLToPath(new URL('../../../node_modules/.cache/khqr-hub', import.meta.url))
const flags = ['--disable-warning=ExperimentalWarning']

/**
 * Runs `go` here if this Node is new enough. Otherwise runs `entryFile` again under the Node that came with `npm ci`, as
 * if that one had been called in the first place: same terminal, signals passed on, same exit code or signal, and
 * neither outlives the other.
 */
export async function runUnderPinnedNode(entryFile, args, go) {
  if (Number(process.versions.node.split('.')[0]) >= oldestMajor) {
    endWithLauncher()
    ignoreEchoes()
    keepCompiled()
    return go()
  }
  const node = findPinnedNode()
  if (!node) {
    process.stderr.write(
      `KHQR Hub needs Node ${oldestMajor} or newer; this is ${process.version}, and the one that "npm ci" brings is not ` +
        `there. Run "npm ci" (without --omit=optional) in the project's folder, or install Node ${oldestMajor}.\n`,
    )
    process.exit(1)
  }
  await runAgain(node, [...flags, entryFile, ...args])
}

/**
 * What Node has compiled is kept beside the installed packages, for us and for the processes that we start: a command then
 * takes half as long. Where it cannot be written nothing is kept.
 */
function keepCompiled() {
  if (!process.env.NODE_COMPILE_CACHE) process.env.NODE_COMPILE_CACHE = compiledFolder
  nodeModule.enableCompileCache(process.env.NODE_COMPILE_CACHE)
}

/** The Node of the platform's own package, of the package `node`, or whatever npm linked as `node`. */
function findPinnedNode() {
  const require = nodeModule.createRequire(import.meta.url)
  const packages = [`node-${process.platform}-${process.arch}`, 'node']
  const candidates = packages.map((name) => {
    try {
      return join(dirname(require.resolve(`${name}/package.json`)), 'bin', 'node')
    } catch {
      return undefined
    }
  })
  for (let folder = dirname(fileURLToPath(import.meta.url)); folder !== dirname(folder); folder = dirname(folder)) {
    candidates.push(join(folder, 'node_modules', '.bin', 'node'))
  }
  return candidates.find((file) => {
    try {
      accessSync(file || '', constants.X_OK)
      return true
    } catch {
      return false
    }
  })
}

/** Resolves never: this process ends as the other one ended. */
function runAgain(node, args) {
  const child = spawn(node, args, {
    stdio: ['inherit', 'inherit', 'inherit', 'ipc'],
    env: { ...process.env, [launcherMark]: '1' },
  })
  // A terminal tells both of us, a supervisor only this one: always pass it on, and the other side drops the echo.
  for (const signal of stopSignals) process.on(signal, () => child.kill(signal))
  if (process.send) {
    child.on('message', (message) => process.send(message))
    process.on('message', (message) => child.send(message))
  }
  return new Promise(() => {
    child.once('error', (error) => {
      process.stderr.write(`${node} could not be started: ${error.message}\n`)
      process.exit(1)
    })
    child.once('exit', (code, signal) => {
      if (code !== null) process.exit(code)
      for (const name of stopSignals) process.removeAllListeners(name)
      process.kill(process.pid, signal)
      // Where that signal does not end a process: what a shell would have said.
      setTimeout(() => process.exit(128 + (system.signals[signal] || 0)), 1000)
    })
  })
}

/** With a launcher above us, its sudden end (kill -9) is ours: whoever ends the process they started means the hub. */
function endWithLauncher() {
  if (!process.env[launcherMark] || !process.channel) return
  delete process.env[launcherMark]
  process.on('disconnect', () => process.kill(process.pid, 'SIGKILL'))
  process.channel.unref()
}

/**
 * Ctrl-C reaches us up to three times: from the terminal, from npm, and from our launcher. A second one is how people say
 * "now, without draining", so echoes of the first within a second are dropped before any listener hears them.
 */
function ignoreEchoes() {
  const lastHeardAt = {}
  const emit = process.emit
  process.emit = function emitUnlessEcho(event, ...details) {
    if (stopSignals.includes(event)) {
      const now = performance.now()
      const echo = now - (lastHeardAt[event] ?? Number.NEGATIVE_INFINITY) < 1000
      if (echo) return true
      lastHeardAt[event] = now
    }
    return emit.call(process, event, ...details)
  }
}
