/** The two deployments that stand side by side. */
export const COLOURS = ['blue', 'green'] as const

/** A deployment's colour, as the `strategy` request header spells it. */
export type Colour = (typeof COLOURS)[number]

export function otherColour(colour: Colour): Colour {
  return colour === 'blue' ? 'green' : 'blue'
}

export function isColour(value: unknown): value is Colour {
  return COLOURS.some((colour) => colour === value)
}
