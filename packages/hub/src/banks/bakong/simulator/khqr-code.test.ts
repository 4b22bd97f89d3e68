import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { readCode } from './khqr-code.ts'

// Written by the official SDK, 1.0.20, with its MD5.
const dollars =
  '00020101021230550011sophea@devb0116ABCDEFGHIJKLMNOP0216ACLEDA Bank Plc.520459995303840540581.765802KH5911Sophea Shop6010Phnom Penh62240110INV-1006270806Top up64210002km0111ហាងក្រុមហ៊ុ9934001317952192000000113179521943300063040BA5'
const riel =
  '00020101021229150011sophea@devb520459995303116540475005802KH5911Sophea Shop6010Phnom Penh99340013179521920000001131795219800000630420CA'
const fixed = '00020101021129160012bopha99@wing5204599953031165802KH5911Sophea Shop6006Kampot6304DC14'

/** The same code with a part changed, and the CRC that its characters give. */
function changed(part: string, other: string): string {
  const body = riel.slice(0, -4).replace(part, other)
  const reading = readCode(`${body}FFFF`)
  return body + (reading.ok ? 'FFFF' : (/give ([0-9A-F]{4})$/.exec(reading.problem)?.[1] ?? 'FFFF'))
}

describe("the simulator's reader of codes", () => {
  it('reads what a banking app shows before its customer pays', () => {
    for (const [qr, expected] of [
      [
        dollars,
        {
          md5: '184a54a7611d1c89e5732236b7bb384c',
          account: 'sophea@devb',
          currency: 'USD',
          amount: '81.76',
          billNumber: 'INV-100627',
          expiresAtMs: 1_795_219_433_000,
        },
      ],
      [
        riel,
        {
          md5: '98f7d2b69c37e862a20f2b9297b64e89',
          account: 'sophea@devb',
          currency: 'KHR',
          amount: '7500',
          billNumber: undefined,
          expiresAtMs: 1_795_219_800_000,
        },
      ],
      [
        fixed,
        {
          md5: '41fd97dde85f37b42347d39912f963aa',
          account: 'bopha99@wing',
          currency: 'KHR',
          amount: undefined,
          billNumber: undefined,
          expiresAtMs: undefined,
        },
      ],
    ] as const) {
      assert.deepEqual(readCode(qr), { ok: true, code: { qr, ...expected } })
    }
  })

  it('takes amounts in every writing that stands for one sum', () => {
    for (const said of ['54047500', '54067500.0', '54077500.00', '540507500']) {
      const reading = readCode(changed('54047500', said))
      assert.equal(reading.ok && reading.code.amount, '7500', said)
    }
    const zero = readCode(changed('54047500', '54040.00'))
    assert.ok(zero.ok)
    assert.equal(zero.code.amount, undefined)
  })

  it('says what is wrong with what nobody could pay', () => {
    for (const [qr, problem] of [
      ['', /does not end in a CRC/],
      [`${riel} `, /does not end in a CRC/],
      [`khqr://${riel}`, /says CRC 20CA/],
      [riel.replace('7500', '7501'), /says CRC 20CA, but its characters give/],
      [`${'0'.repeat(1000)}6304FFFF`, /1008 characters long/],
      [changed('5802KH', '5899KH'), /no list of tags/],
      [changed('5802KH', '53031165802KH'), /no list of tags/],
      [changed('sophea@devb', 'sophea-devb'), /names no Bakong account/],
      [changed('29150011sophea@devb', ''), /names no Bakong account/],
      [changed('5303116', '5303764'), /neither in USD/],
      [changed('54047500', '54067500.5'), /an amount that is none: 7500\.5/],
      [changed('54047500', '5404-750'), /an amount that is none/],
    ] as const) {
      const reading = readCode(qr)
      assert.equal(reading.ok, false, qr)
      assert.match(reading.ok ? '' : reading.problem, problem)
    }
  })
})
