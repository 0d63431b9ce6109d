import { PHASES } from './phases.ts'

/** A state is a row of numbers: the accidents that may still happen, and the numbers of the routing and the medium of two users, of four hosts, of two statements. */
export const ACCIDENTS = 0
export const ROUTING = 1
export const MEDIUM = 3
export const HOST = 5
export const STATEMENT = 9
export const ROW_LENGTH = 11

/** Fewer accidents than this may happen. */
export const MOST_ACCIDENTS = 16

/** What is remembered of the world's happenings, by number; those from `PHASE` on by phase, from `TICK` on by step of the clock. */
export const FALL_BEHIND = 1
export const FORGET_LOGINS = 2
export const KILL = 3
export const ORPHAN = 4
export const RESTART = 5
export const FLUSH = 6
export const LEARN = 7
export const CALL = 8
export const LOSE = 9
export const FORGET_SESSION = 10
export const AGE_MEDIUM = 20
export const AGE_HOST = 30
export const AGE_STATEMENT = 40
export const PHASE = 50

export const PHASE_NAMES = Object.keys(PHASES)
