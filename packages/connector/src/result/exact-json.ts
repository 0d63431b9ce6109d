import { isExactDouble } from '../types/exact-double.ts'

/** Matches strings, which stay unchanged, and numbers. */
const STRING_OR_NUMBER = /"(?:[^"\\]|\\.)*"|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/g
const INTEGER = /^-?\d+$/

/** Replaces every number in a JSON string that JavaScript, and thus most JSON readers, would round. */
export function replaceInexactNumbers(json: string, replace: (number: string) => string): string {
  return json.replace(STRING_OR_NUMBER, (part) => (part.startsWith('"') || isKept(part) ? part : replace(part)))
}

/** Unsafe integers may be rounded, even where a double has the exact value. */
function isKept(number: string): boolean {
  return INTEGER.test(number) ? Number.isSafeInteger(Number(number)) : isExactDouble(number)
}
