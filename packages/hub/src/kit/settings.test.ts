import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Type } from 'typebox'
import { readSettings, SettingsError } from './settings.ts'

const schema = Type.Object(
  {
    base_url: Type.String({ description: 'Where the API begins.', examples: ['https://bank.example/api'] }),
    auth: Type.Object(
      {
        endpoint: Type.String({ default: '/auth/token' }),
        password: Type.String({ secret: true, description: 'Our password.' }),
        style: Type.Unsafe<'json' | 'form'>({ type: 'string', enum: ['json', 'form'], default: 'json' }),
      },
      { additionalProperties: false, default: {} },
    ),
    words: Type.Array(Type.String(), { default: ['SUCCESS'] }),
  },
  { additionalProperties: false },
)

function problemsOf(raw: unknown): readonly string[] {
  try {
    readSettings(schema, raw, 'banks.AMK')
  } catch (error) {
    assert.ok(error instanceof SettingsError)
    return error.problems
  }
  return []
}

test('defaults are filled in, and what was handed in is left alone', () => {
  const raw = { base_url: 'https://bank.example', auth: { password: 'made-up' } }
  const read = readSettings(schema, raw, 'banks.AMK')
  assert.deepEqual(read.auth, { endpoint: '/auth/token', password: 'made-up', style: 'json' })
  assert.deepEqual(read.words, ['SUCCESS'])
  assert.deepEqual(raw, { base_url: 'https://bank.example', auth: { password: 'made-up' } })
})

for (const [raw, problem] of [
  [
    { auth: { password: 'x' } },
    'banks.AMK.base_url is missing. Where the API begins. For example https://bank.example/api.',
  ],
  [{ base_url: 'x' }, 'banks.AMK.auth.password is missing. Our password.'],
  [
    { base_url: 'x', auth: { password: 'x', style: 'xml' } },
    'banks.AMK.auth.style is "xml": it must be one of json, form.',
  ],
  [
    { base_url: 'x', auth: { password: 'x' }, bas_url: 'y' },
    'banks.AMK.bas_url is no setting: remove it, or correct its name.',
  ],
  [
    { base_url: 'x', auth: { password: 'x' }, words: ['a', 7] },
    'banks.AMK.words.1 is 7: it must be text; in YAML, put it in quotes.',
  ],
  [{ base_url: 'x', auth: 'y' }, 'banks.AMK.auth is "y": it must be object.'],
] as const) {
  test(`a wrong setting says: ${problem}`, () => {
    assert.deepEqual(problemsOf(raw), [problem])
  })
}

test('the value of a secret is never repeated', () => {
  const [problem = ''] = problemsOf({ base_url: 'x', auth: { password: 987654 } })
  assert.match(problem, /banks\.AMK\.auth\.password is a value that is not printed/)
  assert.doesNotMatch(problem, /987654/)
})

test('all problems are told at once', () => {
  assert.equal(problemsOf({ auth: { style: 'xml' }, x: 1 }).length, 4)
})
