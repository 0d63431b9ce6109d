import { describe, expect, it } from 'vitest'
import { processStart, startFromPs } from './process-start.ts'

describe('the start of a process', () => {
  it('is in seconds since 1970 from ps, where /proc is missing', () => {
    expect(startFromPs('S    Mon Feb  2 03:04:05 2026\n')).toBe(String(Date.UTC(2026, 1, 2, 3, 4, 5) / 1000))
  })

  it('is missing for a zombie and for a process that ps does not list', () => {
    expect(startFromPs('Z    Mon Feb  2 03:04:05 2026\n')).toBeUndefined()
    expect(startFromPs('')).toBeUndefined()
  })

  it('is unknown when ps writes something else, and on Windows', () => {
    expect(startFromPs('S    sometime')).toBe('unknown')
    expect(processStart(process.pid, 'win32')).toBe('unknown')
  })

  it('is the same on every call', () => {
    expect(processStart(process.pid)).toBe(processStart(process.pid))
  })
})
