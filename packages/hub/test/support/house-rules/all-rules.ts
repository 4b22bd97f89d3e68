import { formRules } from './form-rules.ts'
import { importRules } from './import-rules.ts'
import { nameRules } from './name-rules.ts'
import { reachRules } from './reach-rules.ts'
import type { Rule } from './rule.ts'

export const allRules: readonly Rule[] = [...importRules, ...reachRules, ...nameRules, ...formRules]
