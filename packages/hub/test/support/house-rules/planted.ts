/** A small file that breaks one rule (whose law begins with `breaks`), or, without `breaks`, comes near and breaks none. */
export type Planted = { readonly breaks?: string; readonly path: string; readonly text: string }

const lines = (count: number): string => '// A line.\n'.repeat(count)

export const planted: readonly Planted[] = [
  { breaks: 'Every folder', path: 'packages/hub/src/common/strings.ts', text: '' },
  { breaks: 'Every folder', path: 'packages/hub/src/app.ts', text: '' },
  { path: 'packages/hub/src/jobs/sweep.ts', text: '' },

  { breaks: 'A room', path: 'packages/hub/src/kit/a.ts', text: `import { x } from '../flows/x.ts'` },
  { breaks: 'A room', path: 'packages/hub/src/kit/a.ts', text: `import type { X } from '../store/x.ts'` },
  { breaks: 'A room', path: 'packages/hub/src/banks/a.ts', text: `const x = await import('../store/x.ts')` },
  { breaks: 'A room', path: 'packages/hub/src/billers/p/a.ts', text: `type X = import('../../banks/bank.ts').Bank` },
  { breaks: 'A room', path: 'packages/hub/src/http/a.ts', text: `import { x } from '../jobs/x.ts'` },
  { breaks: 'A room', path: 'packages/hub/src/flows/a.ts', text: `import { config } from '../config.ts'` },
  { path: 'packages/hub/src/flows/a.ts', text: `import { x } from '../store/x.ts'` },
  { path: 'packages/hub/src/cli/a.ts', text: `import { config } from '../config.ts'` },
  { path: 'packages/hub/src/kit/a.test.ts', text: `import { x } from '../store/x.ts'` },

  { breaks: 'Sibling', path: 'packages/hub/src/banks/one/a.ts', text: `import { x } from '../two/x.ts'` },
  { breaks: 'Sibling', path: 'packages/hub/src/http/one/deep/a.ts', text: `import { x } from '../../two/x.ts'` },
  { path: 'packages/hub/src/banks/registry.ts', text: `import { x } from './two/x.ts'` },
  {
    path: 'packages/hub/src/banks/one/deep/a.ts',
    text: `import { x } from '../x.ts'\nimport { y } from '../../bank.ts'`,
  },

  {
    breaks: 'Relative imports',
    path: 'packages/hub/src/kit/a.ts',
    text: `import { x } from '../../../khqr/src/index.ts'`,
  },
  { path: 'packages/hub/src/kit/a.ts', text: `import { x } from '@khqr-hub/khqr'` },

  { breaks: 'Nothing that ships', path: 'packages/hub/src/kit/a.ts', text: `import { x } from './b.test.ts'` },
  {
    breaks: 'Nothing that ships',
    path: 'packages/hub/src/kit/a.ts',
    text: `import { x } from '../../test/support/x.ts'`,
  },
  { breaks: 'Nothing that ships', path: 'packages/khqr/src/a.ts', text: `import { test } from 'node:test'` },

  {
    breaks: 'Simulators',
    path: 'packages/hub/src/banks/registry.ts',
    text: `import { x } from './one/simulator/x.ts'`,
  },
  { breaks: 'Simulators', path: 'packages/hub/src/main.ts', text: `import { x } from './banks/one/simulator.ts'` },
  { path: 'packages/hub/src/sandbox/a.ts', text: `import { x } from '../banks/one/simulator/x.ts'` },
  { path: 'packages/hub/src/banks/one/simulator/a.ts', text: `import { x } from './x.ts'` },

  {
    breaks: 'A simulator shares',
    path: 'packages/hub/src/sandbox/simulator/a.ts',
    text: `import { x } from '../../store/x.ts'`,
  },
  {
    breaks: 'A simulator shares',
    path: 'packages/hub/src/banks/one/simulator.ts',
    text: `import { x } from '../../kit/sign.ts'`,
  },
  {
    breaks: 'A simulator shares',
    path: 'packages/hub/src/banks/one/simulator.ts',
    text: `import { x } from '@khqr-hub/khqr'`,
  },

  { breaks: 'Money and domain', path: 'packages/hub/src/domain/a.ts', text: `import { x } from 'node:fs'` },
  { breaks: 'Money and domain', path: 'packages/hub/src/domain/a.ts', text: `import { x } from 'typebox'` },
  { breaks: 'Money and domain', path: 'packages/hub/src/domain/a.ts', text: 'const now = Date.now()' },
  { breaks: 'Money and domain', path: 'packages/hub/src/domain/a.ts', text: 'const now = new Date()' },
  { breaks: 'Money and domain', path: 'packages/hub/src/money/a.ts', text: 'const any1 = Math.random()' },
  { breaks: 'Money and domain', path: 'packages/hub/src/money/a.ts', text: 'const id = process.pid' },
  { breaks: 'Money and domain', path: 'packages/hub/src/money/a.ts', text: 'setTimeout(() => {}, 1)' },
  {
    path: 'packages/hub/src/domain/a.ts',
    text: `import { x } from '@khqr-hub/khqr'\nconst day = new Date('2026-01-01')`,
  },
  { path: 'packages/hub/src/domain/a.ts', text: `const steps = { process: 1 }\nconst one = steps.process` },

  { breaks: 'process.env', path: 'packages/hub/src/kit/a.ts', text: 'const level = process.env.LOG_LEVEL' },
  { breaks: 'process.env', path: 'packages/hub/src/config/a.ts', text: `const level = process.env['LOG_LEVEL']` },
  { breaks: 'process.env', path: 'packages/khqr/src/a.ts', text: `import { env } from 'node:process'` },
  { path: 'packages/hub/src/config.ts', text: 'const level = process.env.LOG_LEVEL' },
  { path: 'packages/hub/test/a.test.ts', text: 'const level = process.env.LOG_LEVEL' },
  { path: 'scripts/a.ts', text: 'const level = process.env.LOG_LEVEL' },

  { breaks: 'SQL', path: 'packages/hub/src/flows/a.ts', text: `const q = 'select number from payments'` },
  { breaks: 'SQL', path: 'packages/hub/src/flows/a.ts', text: 'const q = `\n  insert into ${table} values (1)`' },
  { breaks: 'SQL', path: 'packages/hub/src/jobs/a.ts', text: `const q = 'UPDATE payments SET version = 1'` },
  { breaks: 'SQL', path: 'packages/hub/src/http/a.ts', text: `const q = 'delete from inbox'` },
  { breaks: 'SQL', path: 'packages/hub/src/cli/a.ts', text: 'const q = `with due as (select 1) select 2`' },
  { breaks: 'SQL', path: 'packages/hub/src/sandbox/a.ts', text: `const q = 'create database hub'` },
  { breaks: 'SQL', path: 'packages/hub/src/kit/a.ts', text: `import { Pool } from 'pg'` },
  { breaks: 'SQL', path: 'packages/hub/src/flows/a.sql', text: '-- Empty.' },
  { path: 'packages/hub/src/store/a.ts', text: `import { Pool } from 'pg'\nconst q = 'select number from payments'` },
  {
    path: 'packages/hub/src/flows/a.ts',
    text: `const remedy = 'Select another bank. Ask for one from the list, or update the settings.'`,
  },

  { breaks: 'Outgoing HTTP', path: 'packages/hub/src/banks/one/a.ts', text: `await fetch('http://x')` },
  { breaks: 'Outgoing HTTP', path: 'packages/hub/src/banks/one/a.ts', text: `import { request } from 'undici'` },
  { breaks: 'Outgoing HTTP', path: 'packages/hub/src/cli/a.ts', text: `import { request } from 'node:http'` },
  {
    breaks: 'Outgoing HTTP',
    path: 'packages/hub/src/cli/a.ts',
    text: `import http from 'node:http'\nhttp.get('http://x')`,
  },
  { breaks: 'Outgoing HTTP', path: 'packages/hub/src/jobs/a.ts', text: `const socket = new WebSocket('ws://x')` },
  { path: 'packages/hub/src/kit/http-client.ts', text: `import { request } from 'undici'` },
  { path: 'packages/hub/src/http/server.ts', text: `import { createServer } from 'node:http'` },
  { path: 'packages/hub/src/sandbox/simulator/a.ts', text: `await fetch('http://x')` },
  { path: 'packages/sdk/src/a.ts', text: `await fetch('http://x')` },

  { breaks: 'console', path: 'packages/hub/src/flows/a.ts', text: `console.log('paid')` },
  { path: 'packages/hub/src/cli/a.ts', text: `console.log('paid')` },
  { path: 'packages/checkout/src/a.js', text: `console.error('A site was not named')` },
  { path: 'packages/checkout/src/a.d.ts', text: `export {}\ndeclare global { interface Window { told: string } }` },

  {
    breaks: 'Payment status',
    path: 'packages/hub/src/flows/a.ts',
    text: `import { write } from '../store/writes.ts'\nconst step = { move: { to: 'completed' } }`,
  },
  {
    breaks: 'Payment status',
    path: 'packages/hub/src/flows/a.ts',
    text: `import { write } from '../store/writes.ts'\nconst move = 1\nconst step = { move }`,
  },
  {
    path: 'packages/hub/src/flows/a.ts',
    text: `import { write } from '../store/writes.ts'\nconst step = { move: undefined }`,
  },
  {
    path: 'packages/hub/src/flows/move-payment.ts',
    text: `import { write } from '../store/writes.ts'\nconst step = { move: { to: 'completed' } }`,
  },

  { breaks: "A bank's", path: 'packages/hub/src/flows/a.ts', text: `if (bank.code === 'AMK') skip()` },
  { breaks: "A bank's", path: 'packages/hub/src/http/a.ts', text: 'const path = `/${x}/dlis/y`' },
  { breaks: "A bank's", path: 'packages/hub/src/kit/a.ts', text: 'const payWayHash = 1' },
  { breaks: "A bank's", path: 'packages/hub/src/banks/bakong/a.ts', text: 'const amkUrl = 1' },
  {
    breaks: "A bank's",
    path: 'packages/hub/src/store/migrations/0001_a.sql',
    text: `insert into banks values ('BANK01');`,
  },
  { path: 'packages/hub/src/flows/a.ts', text: `// AMK, for instance.\nconst alabama = 'abacus'` },
  { path: 'packages/hub/src/banks/bank-qr/a.ts', text: `const code = 'AMK'` },
  { path: 'packages/hub/src/banks/registry.ts', text: `const code = 'AMK'` },
  { path: 'packages/hub/src/store/migrations/0001_a.sql', text: '-- As AMK does.' },

  { breaks: 'No tracked file', path: 'docs/a.md', text: ['See ', 'work', 'notes.md'].join('/') },
  {
    breaks: 'No tracked file',
    path: 'package-lock.json',
    text: `"resolved": "https://${['registry', 'npmjs', 'org'].join('.')}/x.tgz"`,
  },
  {
    breaks: 'No tracked file',
    path: '.npmrc',
    text: `//${['npm', 'mirror', 'example'].join('-')}.test\nx=https://${['npm', 'mirror'].join('-')}.example.test/`,
  },
  { path: 'docs/a.md', text: 'See docs/work/notes.md and https://github.com/example/mirrors' },

  { breaks: 'A file', path: 'packages/hub/src/kit/a.ts', text: lines(301) },
  { breaks: 'A file', path: 'packages/hub/src/store/migrations/0001_a.sql', text: '-- A line.\n'.repeat(301) },
  { path: 'packages/hub/src/kit/a.ts', text: lines(300) },
  { path: 'packages/hub/src/kit/fixtures/a.ts', text: lines(301) },

  { breaks: 'A function', path: 'packages/hub/src/kit/a.ts', text: `export function long() {\n${lines(69)}}` },
  { breaks: 'A function', path: 'scripts/a.ts', text: `const long = () => {\n${lines(69)}}` },
  { path: 'packages/hub/src/kit/a.ts', text: `export function long() {\n${lines(68)}}` },
  { path: 'packages/hub/test/a.test.ts', text: `describe('all', () => {\n${lines(100)}})` },

  { breaks: 'There is no any', path: 'packages/hub/src/kit/a.ts', text: 'const x = y as any' },
  { path: 'packages/hub/src/kit/a.ts', text: `// any\nconst any = 'any'` },

  { breaks: 'There is no enum', path: 'packages/hub/src/kit/a.ts', text: 'enum Colour { Red }' },
  { breaks: 'There is no enum', path: 'packages/hub/src/kit/a.ts', text: 'namespace Colours {}' },
  { path: 'packages/hub/src/http/a.ts', text: `declare module 'fastify' {}` },

  { breaks: 'There is no default', path: 'packages/hub/src/kit/a.ts', text: 'export default 1' },
  { breaks: 'There is no default', path: 'packages/hub/src/kit/a.ts', text: 'export default function x() {}' },
  { breaks: 'There is no default', path: 'packages/hub/src/kit/a.ts', text: 'const x = 1\nexport { x as default }' },
  { path: 'packages/admin/vite.config.ts', text: 'export default {}' },

  { breaks: 'There is no re-export', path: 'packages/hub/src/kit/a.ts', text: `export { x } from './x.ts'` },
  { breaks: 'There is no re-export', path: 'packages/hub/src/kit/index.ts', text: `export * from './x.ts'` },
  { path: 'packages/khqr/src/index.ts', text: `export { x } from './x.ts'` },
]
