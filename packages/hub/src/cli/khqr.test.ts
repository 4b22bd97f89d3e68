import assert from 'node:assert/strict'
import { execFileSync, spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { fileURLToPath } from 'node:url'

const entry = fileURLToPath(new URL('../../bin/khqr-hub.js', import.meta.url))
const folder = mkdtempSync(join(tmpdir(), 'khqr-cli-'))
after(() => rmSync(folder, { recursive: true, force: true }))

const fields = {
  kind: 'individual',
  payeeAccount: 'made_up@bank',
  merchantName: 'Sok Sample',
  currency: 'USD',
  amount: '1.50',
  expiresAt: Date.now() + 600_000,
}

function run(...words: readonly string[]): string {
  return execFileSync(process.execPath, [entry, 'khqr', ...words], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
  }).trim()
}

test('a code is written from a JSON file, drawn, read back from the picture, and valid', () => {
  const input = join(folder, 'fields.json')
  const picture = join(folder, 'code.png')
  writeFileSync(input, JSON.stringify(fields))
  const code = run('encode', input)
  assert.match(code, /^000201010212/)
  run('draw', code, picture)
  const read = JSON.parse(run('decode', picture, '--json')) as { qr: string; amount: string }
  assert.deepEqual([read.qr, read.amount], [code, '1.50'])
  assert.equal(run('verify', code), 'valid')
  run('draw', code, join(folder, 'card.svg'), '--card', '--language', 'km')
  assert.match(readFileSync(join(folder, 'card.svg'), 'utf8'), /^<svg/)
})

const refused = [
  { words: ['verify', '00020101'], code: 1, says: /not valid/ },
  { words: ['decode', 'no code'], code: 0, says: /./ },
  { words: ['draw', 'text', 'picture.bmp'], code: 2, says: /ends in \.png or \.svg/ },
  { words: ['draw', 'text', 'picture.png', '--size', '9'], code: 2, says: /100 to 4000/ },
  { words: ['encode', '/nowhere.json'], code: 1, says: /nowhere/ },
]

for (const { words, code, says } of refused) {
  test(`khqr ${words.join(' ')} ends with ${code} and says why`, () => {
    const ran = spawnSync(process.execPath, [entry, 'khqr', ...words], { encoding: 'utf8' })
    assert.equal(ran.status, code, ran.stdout + ran.stderr)
    assert.match(ran.stdout + ran.stderr, says)
  })
}
