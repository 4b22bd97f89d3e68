import assert from 'node:assert/strict'
import { appendFile, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { type FileRecord, openRecordFile } from './record-file.ts'
import { temporaryFolder } from './test-process.ts'

describe('the record file', () => {
  let folder: Awaited<ReturnType<typeof temporaryFolder>>
  before(async () => {
    folder = await temporaryFolder()
  })
  after(() => folder.remove())

  async function reopened(path: string): Promise<FileRecord[]> {
    const records: FileRecord[] = []
    const file = await openRecordFile(path, (record) => records.push(record))
    await file.close()
    return records
  }

  it('gives back in order what was appended', async () => {
    const path = join(folder.path, 'order.jsonl')
    const file = await openRecordFile(path, () => assert.fail())
    for (let n = 0; n < 100; n++) file.append({ n, text: 'សុភាព\n' })
    file.note({ n: 100 })
    await file.durable()
    await file.close()
    assert.deepEqual(
      (await reopened(path)).map((record) => record['n']),
      Array.from({ length: 101 }, (_, n) => n),
    )
  })

  it('has on disk whatever it called durable', async () => {
    const path = join(folder.path, 'durable.jsonl')
    const file = await openRecordFile(path, () => assert.fail())
    for (let n = 0; n < 20; n++) {
      file.append({ n })
      await file.durable()
      assert.match(await readFile(path, 'utf8'), new RegExp(`{"n":${n}}\n$`))
    }
    await file.close()
  })

  for (const torn of ['{"n":2,"te', '{"n":2}', '\u0000\u0000']) {
    it(`cuts off the torn last line ${JSON.stringify(torn)} and goes on behind the whole ones`, async () => {
      const path = join(folder.path, `torn-${Buffer.from(torn).toString('hex')}.jsonl`)
      await writeFile(path, `{"n":1}\n${torn}`)
      const file = await openRecordFile(path, () => {})
      file.append({ n: 3 })
      await file.close()
      assert.deepEqual(await reopened(path), [{ n: 1 }, { n: 3 }])
    })
  }

  it('refuses a file with a broken line in the middle, and names the line', async () => {
    const path = join(folder.path, 'broken.jsonl')
    await writeFile(path, '{"n":1}\n')
    await appendFile(path, 'not json\n{"n":3}\n')
    await assert.rejects(reopened(path), /Line 2 of .*broken\.jsonl cannot be read/)
  })
})
