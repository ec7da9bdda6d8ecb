import type { MantineColorsTuple } from "@mantine/core";
import { createTheme, Modal } from "@mantine/core";

/** Ballot-box ink. Shade 7 on white and 4 on the dark ground both pass 4.5:1. */
const ink: MantineColorsTuple = [
  "#eef0ff",
  "#dcdffb",
  "#b9bff3",
  "#9aa2ef",
  "#8088ea",
  "#6169dc",
  "#4b52c9",
  "#3b3fb6",
  "#31349a",
  "#26287a",
];

export const theme = createTheme({
  primaryColor: "ink",
  primaryShade: { light: 7, dark: 6 },
  colors: { ink },
  autoContrast: true,
  fontFamily: "'Inter Variable', system-ui, sans-serif",
  fontFamilyMonospace: "'JetBrains Mono Variable', ui-monospace, monospace",
  headings: { fontWeight: "650" },
  defaultRadius: "md",
  cursorType: "pointer",
  respectReducedMotion: true,
  components: {
    // A cross alone has no name.
    Modal: Modal.extend({ defaultProps: { closeButtonProps: { "aria-label": "Close" } } }),
  },
});
