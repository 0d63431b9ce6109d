import { describe, expect, it } from 'vitest'
import { renamePatiently } from './rename-patiently.ts'

function refusing(times: number, code: string) {
  const calls: string[] = []
  const rename = (from: unknown, to: unknown) => {
    calls.push(`${from} to ${to}`)
    if (calls.length <= times) throw Object.assign(new Error(code), { code })
  }
  return { calls, rename }
}

describe('a rename', () => {
  it.each(['EPERM', 'EBUSY', 'EACCES'])('on Windows is repeated after %s, until the file is free', (code) => {
    const { calls, rename } = refusing(3, code)
    renamePatiently('a', 'b', 'win32', rename)
    expect(calls).toEqual(['a to b', 'a to b', 'a to b', 'a to b'])
  })

  it("on Windows fails with the system's error when the file stays open", () => {
    const { calls, rename } = refusing(100, 'EBUSY')
    expect(() => renamePatiently('a', 'b', 'win32', rename)).toThrow('EBUSY')
    expect(calls).toHaveLength(6)
  })

  it('on Windows fails at once when the file is missing', () => {
    const { calls, rename } = refusing(100, 'ENOENT')
    expect(() => renamePatiently('a', 'b', 'win32', rename)).toThrow('ENOENT')
    expect(calls).toHaveLength(1)
  })

  it.each(['linux', 'darwin'] as const)('on %s is not repeated', (platform) => {
    const { calls, rename } = refusing(1, 'EPERM')
    expect(() => renamePatiently('a', 'b', platform, rename)).toThrow('EPERM')
    expect(calls).toHaveLength(1)
  })
})
