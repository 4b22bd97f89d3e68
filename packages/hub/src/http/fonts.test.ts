import assert from 'node:assert/strict'
import { test } from 'node:test'
import { fontFaces, mountFonts } from './fonts.ts'
import fastify from 'fastify'

test('every font that the page names is served, as a font, to be kept', async (t) => {
  const surface = fastify()
  t.after(() => surface.close())
  mountFonts(surface)
  const paths = [...fontFaces.matchAll(/url\(([^)]+)\)/g)].map((match) => match[1] ?? '')
  assert.equal(paths.length, 2)
  for (const path of paths) {
    const answer = await surface.inject(path)
    assert.equal(answer.statusCode, 200)
    assert.equal(answer.headers['content-type'], 'font/woff2')
    assert.match(String(answer.headers['cache-control']), /immutable/)
    assert.equal(answer.rawPayload.subarray(0, 4).toString(), 'wOF2')
    assert.ok(answer.rawPayload.length < 32_768, `${path} is ${answer.rawPayload.length} bytes`)
  }
})
