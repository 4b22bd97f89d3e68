import assert from 'node:assert/strict'
import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'

const source = join(import.meta.dirname, '../../../src')

test('nothing that ships sets a checkpoint hook: only a module loaded before the hub can, so no mode and no setting reaches it', () => {
  const naming = globSync('**/*.ts', { cwd: source })
    .filter((file) => !file.endsWith('.test.ts'))
    .filter((file) => readFileSync(join(source, file), 'utf8').includes('setCheckpointHook'))
  assert.deepEqual(naming, ['kit/checkpoint.ts'])
})
