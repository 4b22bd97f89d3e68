import assert from 'node:assert/strict'
import { test } from 'node:test'
import { withWordBreaks } from './khmer-text.ts'

test('a line of Khmer may be broken between words, and not within one', () => {
  const cases = {
    ស្វែងរកវារហូតដល់: 'ស្វែងរក|វា|រហូតដល់',
    មិនអាចបង្កើតកូដ: 'មិន|អាច|បង្កើត|កូដ',
    'ត្រូវបញ្ជាក់នៅពេលក្រោយ មិនមែនភ្លាមៗទេ': 'ត្រូវ|បញ្ជាក់|នៅពេល|ក្រោយ មិនមែន|ភ្លាមៗ|ទេ',
    ឬរក្សាទុកកូដ: 'ឬ|រក្សាទុក|កូដ',
    'USD 25.00': 'USD 25.00',
  }
  for (const [text, wanted] of Object.entries(cases)) {
    assert.equal(withWordBreaks(text).replaceAll('\u200b', '|'), wanted)
    assert.equal(withWordBreaks(text).replaceAll('\u200b', ''), text)
  }
})
