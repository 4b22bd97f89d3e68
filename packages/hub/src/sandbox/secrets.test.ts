import assert from 'node:assert/strict'
import { constants, publicEncrypt } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, describe, it } from 'node:test'
import { readToken, signToken } from '../banks/bakong/simulator/tokens.ts'
import { readMerchantAuth } from '../banks/payway/simulator/merchant-auth.ts'
import { type SandboxSecrets, sandboxSecrets } from './secrets.ts'

function folder(t: TestContext): string {
  const path = mkdtempSync(join(tmpdir(), 'sandbox-secrets-'))
  t.after(() => rmSync(path, { recursive: true, force: true }))
  return path
}
const open = (path: string): SandboxSecrets => sandboxSecrets(path, ['AMK'], ['DLIS'])

describe("the sandbox's secrets", () => {
  it('are the same at every start, the token of Bakong with them', (t) => {
    const path = folder(t)
    const first = open(path)
    assert.deepEqual(open(path), first)
    assert.ok(readToken(first.bakong.tokenSecret, first.bakong.token))
  })

  it('are completed in a folder from before Bakong was played', (t) => {
    const path = folder(t)
    const { bakong: _, ...before } = open(path)
    const file = join(path, 'sandbox-secrets.json')
    writeFileSync(file, JSON.stringify(before))
    const { bakong, ...rest } = open(path)
    assert.deepEqual(rest, before)
    assert.ok(readToken(bakong.tokenSecret, bakong.token))
    assert.deepEqual((JSON.parse(readFileSync(file, 'utf8')) as SandboxSecrets).bakong, bakong)
  })

  it('are completed in a folder from before PayWay was played, with a pair of keys that belong together', (t) => {
    const path = folder(t)
    const { payway: _, ...before } = open(path)
    writeFileSync(join(path, 'sandbox-secrets.json'), JSON.stringify(before))
    const { payway } = open(path)
    assert.deepEqual(open(path).payway, payway)
    const box = publicEncrypt(
      { key: payway.rsaPublicKey, padding: constants.RSA_PKCS1_PADDING },
      Buffer.from('{"a":1}'),
    )
    assert.deepEqual(readMerchantAuth(box.toString('base64'), payway.rsaPrivateKey), { a: 1 })
  })

  it('have a new token of Bakong once the old one is about to end, of the same signer', (t) => {
    const path = folder(t)
    const secrets = open(path)
    const { tokenSecret } = secrets.bakong
    const ending = signToken(tokenSecret, Date.now(), 3600)
    writeFileSync(
      join(path, 'sandbox-secrets.json'),
      JSON.stringify({ ...secrets, bakong: { tokenSecret, token: ending } }),
    )
    const { bakong } = open(path)
    assert.equal(bakong.tokenSecret, tokenSecret)
    assert.notEqual(bakong.token, ending)
    assert.ok((readToken(tokenSecret, bakong.token)?.expiresAtS ?? 0) * 1000 > Date.now() + 80 * 86_400_000)
  })
})
