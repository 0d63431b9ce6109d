/** Numbers from 0 to below `count`, the same for each seed: an example fails the same way again. */
export function seededChoice(seed: number): (count: number) => number {
  let state = seed >>> 0
  return (count) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    return Math.floor((state / 2 ** 32) * count)
  }
}
