import { isExactDouble } from '../types/exact-double.ts'

/** Strings, which are left alone, and numbers. */
const STRING_OR_NUMBER = /"(?:[^"\\]|\\.)*"|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/g
const INTEGER = /^-?\d+$/

/** Replaces every number of a JSON text that JavaScript's numbers, and so most readers of JSON, would round. */
export function replaceInexactNumbers(json: string, replace: (number: string) => string): string {
  return json.replace(STRING_OR_NUMBER, (part) => (part.startsWith('"') || isKept(part) ? part : replace(part)))
}

/** Integers beyond the safe ones may be rounded, even where a double has their very value. */
function isKept(number: string): boolean {
  return INTEGER.test(number) ? Number.isSafeInteger(Number(number)) : isExactDouble(number)
}
