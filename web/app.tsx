import {
  ActionIcon,
  Button,
  Container,
  Group,
  Menu,
  Text,
  Title,
  useComputedColorScheme,
  useMantineColorScheme,
} from "@mantine/core";
import type { ReactNode } from "react";
import { lazy, Suspense, useEffect } from "react";
import { Link, NavLink, Route, Routes, useLocation } from "react-router";
import { AccountsProvider, useAccounts, useStanding } from "./account/account.tsx";
import { RevokeSession } from "./account/revoke-session.tsx";
import { BallotsPage } from "./ballots/ballots-page.tsx";
import { OwnDuties } from "./ballots/own-duties.tsx";
import { ConfigProvider } from "./data/config.tsx";
import { formatTokens, shorten } from "./data/format.ts";
import { HomePage } from "./judging/home-page.tsx";
import { ReleasesPage } from "./releases/releases-page.tsx";
import { Icon } from "./shell/icons.tsx";
import { Mishap } from "./shell/mishap.tsx";
import { Waiting } from "./shell/notices.tsx";
import { pageTitle } from "./shell/page-title.ts";
import { TaskPage } from "./tasks/task-page.tsx";
import { TasksPage } from "./tasks/tasks-page.tsx";
import { TransactionPage } from "./trace/transaction-page.tsx";
import iconUrl from "./icon.svg";

/** These carry the formatting of models' answers, which the other pages do without. */
const JudgePage = lazy(async () => ({
  default: (await import("./judging/judge-page.tsx")).JudgePage,
}));
const LineagePage = lazy(async () => ({
  default: (await import("./lineage/lineage-page.tsx")).LineagePage,
}));
const TracePage = lazy(async () => ({
  default: (await import("./trace/trace-page.tsx")).TracePage,
}));

export function App(): ReactNode {
  return (
    <>
      <a className="skip-link" href="#main">
        Skip to the content
      </a>
      <ConfigProvider>
        <AccountsProvider>
          <TopBar />
          <Main />
        </AccountsProvider>
      </ConfigProvider>
    </>
  );
}

function Main(): ReactNode {
  const { pathname } = useLocation();
  useEffect(() => {
    document.title = pageTitle(pathname);
    void window.scrollTo({ top: 0 });
  }, [pathname]);
  return (
    <main id="main" className="page">
      <OwnDuties />
      <Mishap key={pathname}>
        <Suspense fallback={<Waiting what="the page" />}>
          <Routes>
            <Route path="/" element={<HomePage />} />
            <Route path="/judge/:taskId" element={<JudgePage />} />
            <Route path="/ballots" element={<BallotsPage />} />
            <Route path="/tasks" element={<TasksPage />} />
            <Route path="/tasks/:taskId" element={<TaskPage />} />
            <Route path="/releases" element={<ReleasesPage />} />
            <Route path="/lineage/:id" element={<LineagePage />} />
            <Route path="/trace/:taskId/:validator/:itemIndex" element={<TracePage />} />
            <Route path="/transactions/:hash" element={<TransactionPage />} />
            <Route path="*" element={<Nowhere />} />
          </Routes>
        </Suspense>
      </Mishap>
    </main>
  );
}

const places = [
  { to: "/", words: "Judge" },
  { to: "/ballots", words: "My ballots" },
  { to: "/tasks", words: "Tasks" },
  { to: "/releases", words: "Releases" },
];

function TopBar(): ReactNode {
  return (
    <header className="top-bar">
      <div className="top-bar-inner">
        <Link to="/" className="brand">
          <img src={iconUrl} alt="" /> Scrutineer
        </Link>
        <nav aria-label="Pages" className="top-bar-pages">
          <Group gap={18}>
            {places.map(({ to, words }) => (
              <NavLink key={to} to={to} end={to === "/"} className="nav-link">
                {words}
              </NavLink>
            ))}
          </Group>
        </nav>
        <Group gap={8} ml="auto">
          <WhoIsHere />
          <SchemeSwitch />
        </Group>
      </div>
    </header>
  );
}

function WhoIsHere(): ReactNode {
  const { account, leave } = useAccounts();
  const { standing } = useStanding();
  if (!account) return null;
  return (
    <Menu position="bottom-end" withinPortal>
      <Menu.Target>
        <Button
          variant="default"
          size="compact-md"
          ff="monospace"
          fw={500}
          fz={13}
          title={account.address}
        >
          {shorten(account.address)}
        </Button>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Label>
          {account.name}
          {standing && (
            <>
              <br />
              Balance {formatTokens(standing.balanceUnits)} · staked{" "}
              {formatTokens(standing.stakedUnits)}
            </>
          )}
        </Menu.Label>
        <Menu.Item onClick={() => void navigator.clipboard.writeText(account.address)}>
          Copy the address
        </Menu.Item>
        <RevokeSession account={account} />
        <Menu.Item onClick={leave}>Use another account</Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}

function SchemeSwitch(): ReactNode {
  const { setColorScheme } = useMantineColorScheme();
  const scheme = useComputedColorScheme("light");
  return (
    <ActionIcon
      variant="default"
      size="md"
      aria-label={scheme === "dark" ? "Light colours" : "Dark colours"}
      onClick={() => setColorScheme(scheme === "dark" ? "light" : "dark")}
    >
      <Icon name={scheme === "dark" ? "sun" : "moon"} />
    </ActionIcon>
  );
}

function Nowhere(): ReactNode {
  return (
    <Container py="xl">
      <Title order={1} size="h3">
        There is no such page
      </Title>
      <Text mt="xs">
        <Link to="/">Back to judging</Link>
      </Text>
    </Container>
  );
}
