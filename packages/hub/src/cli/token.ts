import { randomUUID } from 'node:crypto'
import type { Command } from 'commander'
import { type Config, readConfig } from '../config.ts'
import { longestTokenTtlS } from '../http/auth.ts'
import { signAccessToken } from '../http/tokens/tokens.ts'
import { readSandboxSecrets } from '../sandbox/secrets.ts'
import { checkOperatorName } from './operator.ts'
import { UsageError } from './usage-error.ts'

export function tokenCommand(program: Command): void {
  program
    .command('token')
    .description('print an access token, and nothing else')
    .requiredOption('--scope <scopes>', 'scopes with blanks between, such as "khqr:create bills:read"')
    .option('--subject <name>', 'whose token; the operator, or a fresh name, when left out')
    .option('--operator <name>', 'the operator who mints it: it counts as his, whatever its subject')
    .option('--ttl <seconds>', `lifetime in seconds, at most ${longestTokenTtlS}`, String(longestTokenTtlS))
    .option('--json', 'print it as JSON with its lifetime')
    .action((options: Options) => {
      const config = readConfig({ file: program.opts<{ config?: string }>().config })
      const ttlS = readTtl(options.ttl)
      const scope = readScope(options.scope)
      const { operator } = options
      if (operator !== undefined) checkOperatorName(operator)
      const subject = options.subject ?? operator ?? `cli-${randomUUID()}`
      const token = signAccessToken(
        { ...config.tokens, secret: tokenSecret(config) },
        { subject, scope, ttlS, operator },
      )
      console.log(
        options.json
          ? JSON.stringify({ access_token: token, token_type: 'Bearer', expires_in: ttlS, scope, subject, operator })
          : token,
      )
    })
}

type Options = { scope: string; subject?: string; operator?: string; ttl: string; json?: true }

/** The key that the running hub signs with. */
export function tokenSecret(config: Config): string {
  const secret = config.tokens.secret ?? readSandboxSecrets(config.dataDir)?.tokenSecret
  if (secret === undefined) {
    throw new Error(
      `There is no token key yet: start the sandbox once ("npm start"), or set JWT_SECRET. Looked in ${config.dataDir}.`,
    )
  }
  return secret
}

const scopePattern =
  /^(?:bills:read|payments:(?:write|read)|khqr:create|orders:(?:read|manage|pay)|topups:write|money:operate|bank:[A-Z0-9]{2,20}|admin:[a-z*]+)$/

/** Throws a `UsageError` that names the word that is no scope. */
export function readScope(text: string): string {
  const scopes = text.split(/[\s,]+/).filter((scope) => scope !== '')
  const odd = scopes.find((scope) => !scopePattern.test(scope))
  if (odd !== undefined || scopes.length === 0) {
    throw new UsageError(
      `--scope: "${odd ?? ''}" is no scope. There are bills:read, payments:read, payments:write, khqr:create, bank:CODE (upper case) and others.`,
    )
  }
  return scopes.join(' ')
}

function readTtl(text: string): number {
  const ttlS = /^\d{1,9}$/.test(text) ? Number(text) : 0
  if (ttlS < 1 || ttlS > longestTokenTtlS) {
    throw new UsageError(`--ttl: "${text}" must be 1 to ${longestTokenTtlS} seconds.`)
  }
  return ttlS
}
