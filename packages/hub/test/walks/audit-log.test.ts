import assert from 'node:assert/strict'
import { test } from 'node:test'
import { commandLine } from '../support/command-line.ts'
import { eventually, startTestHub } from '../support/running-hub.ts'

test('the audit log of a running hub', async (t) => {
  const hub = await startTestHub(t)
  const audit = (...words: string[]) => commandLine(hub, 'audit', ...words)
  const verified = async (...words: string[]) => {
    const { code, out } = await audit('verify', '--json', ...words)
    return {
      code,
      ...(JSON.parse(out) as { head: { position: number; sha256: string } | null; broken?: string; expected?: string }),
    }
  }
  /** Somebody is refused, which is audited; the job seals the row. */
  const refuse = async (subject: string) => {
    const refused = await hub.gateway('GET', '/v1/cases', { token: hub.token('bills:read', subject) })
    assert.equal(refused.status, 403, refused.text)
    await eventually('the row and its seal', async () => {
      const { rows } = await hub.pool.query(
        'select from audit a join audit_seals s on s.audit_id = a.id where a.actor like $1',
        [`%${subject}`],
      )
      return rows.length > 0
    })
  }

  await t.test('is sealed within seconds, and verify says its head', async () => {
    assert.deepEqual((await verified()).head, null)
    await refuse('curious-app')
    const { code, head } = await verified()
    assert.equal(code, 0)
    assert.equal(head?.position, 1)
    const { out } = await audit('verify')
    assert.match(out, new RegExp(`^The chain holds: 1 seals\\.\nHead: seal 1\nHash: ${head?.sha256}\n$`))
  })

  await t.test('is listed, by actor, object and time', async () => {
    const { out } = await audit('list', '--json')
    const [row] = out.split('\n')
    const { action, actor, object, position } = JSON.parse(row ?? '') as Record<string, unknown>
    assert.deepEqual([action, actor, position], ['security.out_of_scope', 'access curious-app', 1])
    assert.match(
      (await audit('list', '--actor', 'access curious-app', '--object', String(object))).out,
      /security\.out_of_scope/,
    )
    const { code, out: none, err } = await audit('list', '--actor', 'nobody')
    assert.deepEqual([code, none, err], [0, '', 'The audit log holds nothing that fits.\n'])
    assert.match((await audit('list', '--object', 'sus_999')).err, /nothing that fits about "suspense 999"; .*"case 7"/)
    assert.equal((await audit('list', '--since', '2999-01-01')).out, '')
  })

  await t.test('holds a head that an auditor noted, though it grew', async () => {
    const { head } = await verified()
    await refuse('another-app')
    const { code, expected } = await verified('--expect', head?.sha256 ?? '')
    assert.deepEqual([code, expected], [0, 'found'])
    assert.match((await audit('verify', '--expect', (head?.sha256 ?? '').toUpperCase())).out, /is in the chain/)
  })

  await t.test('is refused with an exit code where its end was cut off', async () => {
    const { head } = await verified()
    await hub.pool.query('alter table audit_seals disable trigger all; alter table audit disable trigger all')
    await hub.pool.query('delete from audit_seals where position = 2')
    const { code, expected } = await verified('--expect', head?.sha256 ?? '')
    assert.deepEqual([code, expected], [1, 'missing'])
    assert.match(
      (await audit('verify', '--expect', head?.sha256 ?? '')).out,
      /MISSING: the expected hash is not in the chain/,
    )
  })

  await t.test('says which row was changed, and exits with 1', async () => {
    await hub.pool.query(`update audit set actor = 'somebody else' where id = (select min(id) from audit)`)
    const { code, broken, head } = await verified()
    assert.deepEqual([code, head], [1, null])
    assert.match(
      broken ?? '',
      /^Audit row \d+ \(security\.out_of_scope of .* by somebody else\) or its seal 1 was changed after/,
    )
    const { code: codeInWords, out } = await audit('verify')
    assert.equal(codeInWords, 1)
    assert.match(out, /^BROKEN: Audit row/)
  })

  await t.test('is asked for rightly', async () => {
    assert.equal((await audit('verify', '--expect', 'abc')).code, 2)
    assert.equal((await audit('list', '--since', 'yesterday')).code, 2)
  })
})
