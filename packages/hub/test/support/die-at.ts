/**
 * Loaded before the hub (`NODE_OPTIONS=--import …`), and only by the fault suite: the process kills itself, as by kill -9,
 * at the checkpoint that DIE_AT names, and leaves the name in the file DIE_NOTE.
 */
import { writeFileSync } from 'node:fs'
import { setCheckpointHook } from '../../src/kit/checkpoint.ts'

const { DIE_AT: point, DIE_NOTE: note = '' } = process.env

setCheckpointHook((name) => {
  if (name !== point) return
  writeFileSync(note, name)
  process.kill(process.pid, 'SIGKILL')
})
