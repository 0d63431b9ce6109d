/** Texts, which are left alone, and numbers. */
const TEXT_OR_NUMBER = /"(?:[^"\\]|\\.)*"|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/g

/** Replaces every integer of a JSON text that JavaScript's numbers, and so most readers of JSON, would round. */
export function replaceLargeIntegers(json: string, replace: (digits: string) => string): string {
  return json.replace(TEXT_OR_NUMBER, (part) =>
    /^-?\d+$/.test(part) && !Number.isSafeInteger(Number(part)) ? replace(part) : part,
  )
}
