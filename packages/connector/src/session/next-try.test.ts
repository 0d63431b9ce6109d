import { describe, expect, it } from 'vitest'
import { GRPC_STATUS } from '../transport/grpc-status.ts'
import type { Fault } from '../transport/status-rules.ts'
import { afterCheck, hasTries, isDeniedAnew, mayBeOwnError } from './next-try.ts'

const fault = (from: Fault['from'], code?: Fault['code']): Fault => ({
  kind: 'engine-error',
  from,
  outcome: 'unknown',
  details: '',
  ...(code === undefined ? {} : { code }),
})

describe('one more try of a call', () => {
  it('is made until maxRetryAttempts tries have failed', () => {
    expect([0, 1, 2, 3].map((failures) => hasTries({ failures }, { maxRetryAttempts: 3 }))).toEqual([
      true,
      true,
      true,
      false,
    ])
  })

  it('is not made with a third session where the one renewed for the call was denied too', () => {
    expect(isDeniedAnew({ renewedAt: undefined }, { openedAt: 5 }, 10)).toBe(false)
    expect(isDeniedAnew({ renewedAt: 5 }, { openedAt: 6 }, 7)).toBe(true)
  })

  it('is made where the denied session was an older one, or one that was opened after the call was sent', () => {
    expect(isDeniedAnew({ renewedAt: 5 }, { openedAt: 4 }, 7)).toBe(false)
    expect(isDeniedAnew({ renewedAt: 5 }, { openedAt: 8 }, 7)).toBe(false)
  })

  it('is not made for an error that an engine repeats while its strategy works or fails', () => {
    expect(afterCheck(fault('engine'), { isLogin: false, active: 'works' })).toBe('give-up')
    expect(afterCheck(fault('engine'), { isLogin: false, active: undefined })).toBe('give-up')
    expect(afterCheck(fault('proxy'), { isLogin: false, active: 'works' })).toBe('repeat')
  })

  it('goes where work is taken when a login fails, or the strategy refuses', () => {
    expect(afterCheck(fault('engine'), { isLogin: true, active: 'fails' })).toBe('find-strategy')
    expect(afterCheck(fault('engine'), { isLogin: false, active: 'refuses' })).toBe('find-strategy')
  })
})

it('an engine that speaks of the statement, and not of being unavailable, may tell of an error of the statement', () => {
  expect(mayBeOwnError(fault('engine', GRPC_STATUS.INTERNAL), { isLogin: false })).toBe(true)
  expect(mayBeOwnError(fault('engine', GRPC_STATUS.UNAVAILABLE), { isLogin: false })).toBe(false)
  expect(mayBeOwnError(fault('engine', GRPC_STATUS.INTERNAL), { isLogin: true })).toBe(false)
  expect(mayBeOwnError(fault('proxy'), { isLogin: false })).toBe(false)
})
