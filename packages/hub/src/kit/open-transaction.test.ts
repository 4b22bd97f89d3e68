import assert from 'node:assert/strict'
import { test } from 'node:test'
import { checkpoint, setCheckpointHook } from './checkpoint.ts'
import { insideTransaction, isInsideTransaction } from './open-transaction.ts'

test('inside is inside until the transaction ends, also for work it left behind', async () => {
  assert.equal(isInsideTransaction(), false)
  const { promise, resolve } = Promise.withResolvers<void>()
  let later: Promise<boolean> | undefined
  await insideTransaction(async () => {
    await Promise.resolve()
    assert.equal(isInsideTransaction(), true)
    later = promise.then(() => isInsideTransaction())
  })
  resolve()
  assert.equal(await later, false)
  await assert.rejects(
    insideTransaction(async () => {
      throw new Error('rolled back')
    }),
  )
  assert.equal(isInsideTransaction(), false)
})

test('a checkpoint does nothing until a hook is set', () => {
  checkpoint('nobody-listens')
  const seen: string[] = []
  setCheckpointHook((name) => seen.push(name))
  checkpoint('inbox-kept')
  setCheckpointHook(undefined)
  checkpoint('nobody-listens')
  assert.deepEqual(seen, ['inbox-kept'])
})
