import { execFileSync } from 'node:child_process'
import { cpSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'

const root = fileURLToPath(new URL('../', import.meta.url))
const dist = `${root}dist`

/** What can be imported: the name in `exports` and the source behind it. */
export const entries: Readonly<Record<string, string>> = {
  index: 'src/index.ts',
  bakong: 'src/bakong/index.ts',
  'card-png': 'src/card/card-png.ts',
}

/**
 * Builds `dist`: modules for `import` (they share chunks and take `qr` from beside them), self-contained files for
 * `require`, and the types of both.
 */
export async function buildPackage(): Promise<void> {
  rmSync(dist, { recursive: true, force: true })
  const shared = {
    absWorkingDir: root,
    entryPoints: { ...entries },
    bundle: true,
    target: 'es2022',
    platform: 'neutral',
    legalComments: 'inline',
    logLevel: 'warning',
  } as const
  await build({
    ...shared,
    format: 'esm',
    splitting: true,
    chunkNames: 'shared-[hash]',
    outdir: `${dist}/esm`,
    packages: 'external',
  })
  await build({ ...shared, format: 'cjs', outdir: `${dist}/cjs`, mainFields: ['module', 'main'] })
  writeFileSync(`${dist}/cjs/package.json`, '{ "type": "commonjs" }\n')
  buildTypes()
}

/** Both copies have types of their own, because a package that is required may not take its types from a module. */
function buildTypes(): void {
  const compiler = createRequire(import.meta.url).resolve('typescript/bin/tsc')
  const flags = ['--declaration', '--emitDeclarationOnly', '--noEmit', 'false', '--outDir', `${dist}/esm/types`]
  execFileSync(process.execPath, [compiler, '-p', `${root}scripts/tsconfig.build.json`, ...flags], { stdio: 'inherit' })
  cpSync(`${dist}/esm/types`, `${dist}/cjs/types`, { recursive: true })
}
