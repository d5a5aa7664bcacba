"use client";

interface CheckboxProps {
  /** For screen readers: what stands beside it tells the others. */
  label: string;
  isOn: boolean;
  /** Some of what it stands for. */
  isPartly?: boolean;
  isDisabled?: boolean;
  /** True when the shift key was held. */
  onToggle: (isRange: boolean) => void;
}

/** The system's own box, with room around it for a finger. */
export function Checkbox({ label, isOn, isPartly = false, isDisabled = false, onToggle }: CheckboxProps) {
  return (
    <label className="-m-2 inline-flex cursor-pointer p-2 select-none">
      <input
        type="checkbox"
        aria-label={label}
        checked={isOn}
        disabled={isDisabled}
        ref={(box) => {
          if (box !== null) box.indeterminate = isPartly;
        }}
        onChange={(event) => onToggle((event.nativeEvent as MouseEvent).shiftKey)}
        className="accent-accent size-4.5 cursor-pointer"
      />
    </label>
  );
}
