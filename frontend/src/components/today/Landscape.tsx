interface LandscapeProps {
  /** 0–1: how high the sun stands. */
  value: number;
}

const STARS = [
  [90, 40, 1.2],
  [180, 84, 0.9],
  [262, 30, 1.1],
  [350, 66, 0.8],
  [455, 26, 1.3],
  [548, 74, 0.9],
  [640, 22, 1],
  [905, 48, 1.2],
  [965, 110, 0.8],
] as const;

/** Hills, and a sun that stands the higher the steadier the person has been. Decoration: the numbers are said beside it. */
export function Landscape({ value }: LandscapeProps) {
  const height = Math.min(1, Math.max(0, value));
  // From half behind the hills up to high above them, along a gentle arc.
  const x = 850 + 75 * height;
  const y = 238 - 168 * Math.sin((height * Math.PI) / 2);
  return (
    <svg
      viewBox="0 0 1000 320"
      preserveAspectRatio="xMaxYMax slice"
      className="absolute inset-0 size-full"
      aria-hidden
      focusable="false"
    >
      <g className="hidden dark:block" fill="var(--ink)" opacity="0.55">
        {STARS.map(([cx, cy, r]) => (
          <circle key={cx} cx={cx} cy={cy} r={r} />
        ))}
      </g>
      <path
        d="M850 238 Q 856 96 925 70"
        fill="none"
        stroke="var(--ink)"
        strokeOpacity="0.22"
        strokeWidth="1.5"
        strokeDasharray="2 7"
        strokeLinecap="round"
      />
      <g className="transition-transform duration-1000" style={{ transform: `translate(${x}px, ${y}px)` }}>
        <circle r="78" fill="var(--sun)" opacity="0.13" />
        <circle r="54" fill="var(--sun)" opacity="0.2" />
        <circle r="33" fill="var(--sun)" />
      </g>
      <path
        d="M0 262 C 130 216 240 238 360 252 S 590 214 720 232 900 268 1000 226 V320 H0Z"
        fill="color-mix(in oklab, var(--growth) 26%, var(--sky-low))"
      />
      <path
        d="M0 292 C 160 252 300 300 450 284 S 740 256 860 278 960 288 1000 276 V320 H0Z"
        fill="color-mix(in oklab, var(--growth) 46%, var(--sky-low))"
      />
      <path
        d="M0 312 C 200 290 420 318 620 304 S 900 296 1000 306 V320 H0Z"
        fill="color-mix(in oklab, var(--growth) 68%, var(--sky-high))"
      />
    </svg>
  );
}
