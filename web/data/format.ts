/** Numbers as people read them. */
import { formatUnits } from "ethers";

/** Token units with at most four decimals, never rounded up; "< 0.0001" for dust. @param decimals as the token says */
export function formatTokens(units: bigint, decimals: number): string {
  const exact = formatUnits(units < 0n ? -units : units, decimals);
  const [whole = "0", fraction = ""] = exact.split(".");
  const grouped = whole.replace(/\B(?=(\d{3})+$)/g, "\u202f");
  const shown = fraction.slice(0, 4).replace(/0+$/, "");
  if (whole === "0" && shown === "" && units !== 0n) return `${units < 0n ? "> −" : "< "}0.0001`;
  return `${units < 0n ? "−" : ""}${grouped}${shown === "" ? "" : `.${shown}`}`;
}

/** "1 token", "2.5 tokens" */
export function countTokens(units: bigint, decimals: number): string {
  const isOne = units === 10n ** BigInt(decimals);
  return `${formatTokens(units, decimals)} ${isOne ? "token" : "tokens"}`;
}

/** All decimals, for those who recount. */
export function formatTokensExactly(units: bigint, decimals: number): string {
  return formatUnits(units, decimals).replace(/\.0$/, "");
}

/** ppm as a signed figure with three decimals: 322103 → 0.322. */
export function formatPpm(ppm: number): string {
  return (ppm / 1_000_000).toFixed(3).replace("-", "−");
}

export function formatPercent(ppm: number): string {
  return `${(ppm / 10_000).toFixed(1).replace(/\.0$/, "").replace("-", "−")} %`;
}

export function formatShare(done: number, whole: number): number {
  return whole === 0 ? 0 : Math.min(100, Math.floor((100 * done) / whole));
}

/** 0x1234…abcd */
export function shorten(hex: string, digits = 4): string {
  return hex.length <= 4 + 2 * digits ? hex : `${hex.slice(0, 2 + digits)}…${hex.slice(-digits)}`;
}

/** "3 min", "2 h 5 min", "4 d 1 h": two figures at most. */
export function formatDuration(seconds: number): string {
  const units: readonly [string, number][] = [
    ["d", 86_400],
    ["h", 3_600],
    ["min", 60],
    ["s", 1],
  ];
  const first = units.findIndex(([, size]) => seconds >= size);
  if (first === -1) return "0 s";
  let rest = Math.floor(seconds);
  return units
    .slice(first, first + 2)
    .map(([name, size]) => {
      const count = Math.floor(rest / size);
      rest -= count * size;
      return count === 0 ? "" : `${count} ${name}`;
    })
    .filter((part) => part !== "")
    .join(" ");
}

export function formatTime(seconds: number | bigint): string {
  return new Date(Number(seconds) * 1_000).toLocaleString(undefined, {
    dateStyle: "medium",
    timeStyle: "short",
  });
}

export function formatBytes(bytes: number): string {
  if (bytes < 1_000) return `${bytes} B`;
  if (bytes < 1_000_000) return `${(bytes / 1_000).toFixed(1)} kB`;
  return `${(bytes / 1_000_000).toFixed(1)} MB`;
}
