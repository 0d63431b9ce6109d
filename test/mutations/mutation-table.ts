import type { Mutation } from './mutation.ts'
import { RECOVERY_MUTATIONS } from './recovery-mutations.ts'
import { STORE_MUTATIONS } from './store-mutations.ts'
import { STRATEGY_MUTATIONS } from './strategy-mutations.ts'

/** All deliberate defects that the tests must notice. */
export const MUTATIONS: readonly Mutation[] = [...STRATEGY_MUTATIONS, ...STORE_MUTATIONS, ...RECOVERY_MUTATIONS]
