import { readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'

/** The page as one file that needs nothing else: page.html with playground.ts and all it imports inside. */
export async function buildPlayground(): Promise<string> {
  const folder = new URL('../playground/', import.meta.url)
  const { outputFiles } = await build({
    entryPoints: [fileURLToPath(new URL('playground.ts', folder))],
    bundle: true,
    minify: true,
    format: 'iife',
    target: 'es2022',
    platform: 'browser',
    charset: 'utf8',
    legalComments: 'none',
    write: false,
  })
  const script = (outputFiles[0]?.text ?? '').trim().replaceAll('</script', '<\\/script')
  const page = readFileSync(new URL('page.html', folder), 'utf8')
  return page.replace('/* playground.ts, built */', () => script)
}

if (import.meta.main) writeFileSync(new URL('../playground/index.html', import.meta.url), await buildPlayground())
