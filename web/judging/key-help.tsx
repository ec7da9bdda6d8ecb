import { Kbd, Stack, Switch, Table } from "@mantine/core";
import type { ReactNode } from "react";
import { keyMap } from "./keys.ts";

interface KeyHelpProps {
  readonly on: boolean;
  readonly onSwitch: (on: boolean) => void;
}

/** Every key; and a switch for whoever speaks to a computer, or hits keys unawares: a letter alone judges, and counts. */
export function KeyHelp({ on, onSwitch }: KeyHelpProps): ReactNode {
  return (
    <Stack gap="md">
      <Switch
        label="Judge by these keys"
        description="Off, only the buttons judge. Remembered in this browser."
        checked={on}
        onChange={(event) => onSwitch(event.currentTarget.checked)}
      />
      <Table>
        <Table.Tbody>
          {keyMap.map(({ key, says }) => (
            <Table.Tr key={key}>
              <Table.Td w={60}>
                <Kbd>{key}</Kbd>
              </Table.Td>
              <Table.Td>{says}</Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </Stack>
  );
}
