import { Button, Group, SimpleGrid, Stack, Text, Title, UnstyledButton } from "@mantine/core";
import type { ReactNode } from "react";
import { useState } from "react";
import { useSurroundings } from "../data/config.tsx";
import { shorten } from "../data/format.ts";
import { Failure } from "../shell/notices.tsx";
import { useAccounts } from "./account.tsx";
import { localKeys, makeLocalKey } from "./local-keys.ts";

/** Step one: who judges. */
export function ChooseAccount(): ReactNode {
  const { config } = useSurroundings();
  const { wallets, chooseKey, connectWallet } = useAccounts();
  const [error, setError] = useState<unknown>();
  const humans = config.localAccounts.filter(({ role }) => role === undefined || role === "Human");
  const keys = localKeys();

  return (
    <Stack gap="lg">
      {config.localChain && humans.length > 0 && (
        <Stack gap="xs" component="section" aria-labelledby="offered">
          <Title order={2} size="h4" id="offered">
            Start at once with a local account
          </Title>
          <Text size="sm" c="dimmed">
            This chain runs on your machine. These accounts are funded, staked and drawn for the
            example task already; their keys are no secret.
          </Text>
          <SimpleGrid cols={{ base: 1, xs: 2, md: 3 }} spacing="xs">
            {humans.map(({ address }, index) => (
              <UnstyledButton
                key={address}
                className="choice-card"
                data-offered={address}
                onClick={() => chooseKey("offered", address)}
              >
                <Text fw={600} component="span" display="block">
                  Local labeler {index + 1}
                </Text>
                <Text size="xs" c="dimmed" ff="monospace" component="span" display="block">
                  {shorten(address, 6)}
                </Text>
              </UnstyledButton>
            ))}
          </SimpleGrid>
        </Stack>
      )}

      <Stack gap="xs" component="section" aria-labelledby="wallets">
        <Title order={2} size="h4" id="wallets">
          Connect a wallet
        </Title>
        {wallets.length === 0 ? (
          <Text size="sm" c="dimmed">
            No wallet was found in this browser. Any wallet that speaks EIP-6963 or EIP-1193 will
            do.
          </Text>
        ) : (
          <Group gap="xs">
            {wallets.map((wallet) => (
              <Button
                key={wallet.id}
                variant="default"
                leftSection={wallet.icon && <img src={wallet.icon} alt="" width={18} height={18} />}
                onClick={() => {
                  setError(undefined);
                  connectWallet(wallet).catch(setError);
                }}
              >
                {wallet.name}
              </Button>
            ))}
          </Group>
        )}
      </Stack>

      <Stack gap="xs" component="section" aria-labelledby="local-key">
        <Title order={2} size="h4" id="local-key">
          {keys.length === 0 ? "Or make a key in this browser" : "Or use a key in this browser"}
        </Title>
        <Text size="sm" c="dimmed">
          Good for trying it out. The key lies unprotected in this browser&apos;s storage.
        </Text>
        <Group gap="xs">
          {keys.map(({ address }) => (
            <Button key={address} variant="default" onClick={() => chooseKey("key", address)}>
              {shorten(address, 5)}
            </Button>
          ))}
          <Button
            variant={keys.length === 0 ? "light" : "subtle"}
            onClick={() => chooseKey("key", makeLocalKey().address)}
          >
            Make a new key
          </Button>
        </Group>
      </Stack>
      {error !== undefined && <Failure error={error} />}
    </Stack>
  );
}
