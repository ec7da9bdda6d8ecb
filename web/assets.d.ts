declare module "*.css";
declare module "@fontsource-variable/inter";
declare module "@fontsource-variable/jetbrains-mono";
declare module "*.svg" {
  export const url: string;
  export { url as default };
}
