import { claimsAboutCodes } from './conformance-codes.ts'
import { claimsAboutCountedCalls } from './conformance-counted.ts'
import { claimsAboutMessages } from './conformance-messages.ts'
import { claimsAboutRefunds } from './conformance-refunds.ts'
import { claimsAboutVerify } from './conformance-verify.ts'
import type { Claim } from './conformance-world.ts'

/** The suite every bank passes, over real HTTP against its simulator. Clear the faults after each claim. */
export const conformance: readonly Claim[] = [
  ...claimsAboutCodes,
  ...claimsAboutVerify,
  ...claimsAboutCountedCalls,
  ...claimsAboutMessages,
  ...claimsAboutRefunds,
]
