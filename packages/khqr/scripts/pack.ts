import { existsSync, readFileSync, renameSync, rmSync, writeFileSync, copyFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { buildPackage } from './build.ts'

/**
 * What `npm pack` runs before and after it packs. In the repository the exports point at sources; the packed copy has
 * `dist`, and a package.json that points there, which stands in for ours only while npm reads it.
 */
const root = fileURLToPath(new URL('../', import.meta.url))
const manifestPath = `${root}package.json`
const keptPath = `${root}package.json.kept`
const licencePath = `${root}LICENSE`

type Manifest = Record<string, unknown> & { exports: Record<string, string> }

if (process.argv[2] === 'after') {
  restore()
} else {
  // A pack that was killed half-way leaves its manifest behind.
  restore()
  await buildPackage()
  copyFileSync(`${root}../../LICENSE`, licencePath)
  renameSync(manifestPath, keptPath)
  const manifest = JSON.parse(readFileSync(keptPath, 'utf8')) as Manifest
  writeFileSync(manifestPath, `${JSON.stringify(published(manifest), null, 2)}\n`)
}

function restore(): void {
  if (existsSync(keptPath)) renameSync(keptPath, manifestPath)
  rmSync(licencePath, { force: true })
}

/** Without what only the repository needs; the condition `import` comes first, as it is the better one. */
function published({ scripts: _scripts, devDependencies: _devDependencies, ...manifest }: Manifest): object {
  const exported = Object.entries(manifest.exports).map(([name, source]) => {
    const built = name === '.' ? 'index' : name.slice(2)
    const types = source
      .replace(/^\.\/src\//, './')
      .replace(/\.ts$/, '.d.ts')
      .slice(2)
    return [
      name,
      {
        import: { types: `./dist/esm/types/${types}`, default: `./dist/esm/${built}.js` },
        require: { types: `./dist/cjs/types/${types}`, default: `./dist/cjs/${built}.js` },
      },
    ]
  })
  return {
    ...manifest,
    exports: Object.fromEntries(exported),
    main: './dist/cjs/index.js',
    types: './dist/cjs/types/index.d.ts',
  }
}
