/** Wallets in this browser: those that announce themselves (EIP-6963), else the one at window.ethereum (EIP-1193). */
import type { Eip1193Provider } from "ethers";

export interface FoundWallet {
  /** Reverse domain name, as EIP-6963 has it. */
  readonly id: string;
  readonly name: string;
  /** data: URI */
  readonly icon?: string;
  readonly provider: Eip1193Provider;
}

interface Announcement {
  readonly info: {
    readonly uuid: string;
    readonly name: string;
    readonly icon: string;
    readonly rdns: string;
  };
  readonly provider: Eip1193Provider;
}

declare global {
  interface Window {
    ethereum?: Eip1193Provider;
  }
  interface WindowEventMap {
    "eip6963:announceProvider": CustomEvent<Announcement>;
  }
}

/** Calls back with the whole list whenever it grows; returns how to stop. */
export function watchWallets(onFound: (wallets: readonly FoundWallet[]) => void): () => void {
  const wallets = new Map<string, FoundWallet>();
  const hear = ({ detail: { info, provider } }: CustomEvent<Announcement>): void => {
    const icon = info.icon.startsWith("data:image/") ? { icon: info.icon } : {};
    wallets.set(info.rdns, { id: info.rdns, name: info.name, provider, ...icon });
    onFound([...wallets.values()]);
  };
  window.addEventListener("eip6963:announceProvider", hear);
  window.dispatchEvent(new Event("eip6963:requestProvider"));
  if (wallets.size === 0 && window.ethereum) {
    onFound([{ id: "window.ethereum", name: "Browser wallet", provider: window.ethereum }]);
  }
  return () => window.removeEventListener("eip6963:announceProvider", hear);
}
