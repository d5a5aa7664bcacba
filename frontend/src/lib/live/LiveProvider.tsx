"use client";

import { useQueryClient } from "@tanstack/react-query";
import {
  createContext,
  type ReactNode,
  use,
  useEffect,
  useEffectEvent,
  useMemo,
  useRef,
  useState,
} from "react";

import { onReturn } from "@/lib/connection";
import { leaveSignedOut, onSignOut } from "@/lib/signOut";
import type { Frame } from "@/types/frames";

import { staleKeys } from "./frameRoutes";
import type { StreamName } from "./frameStream";
import { shareStream } from "./sharedStream";

type FrameListener = (frame: Frame) => void;

interface Live {
  subject: string;
  /** Whether frames arrive now; while they do not, pages ask from time to time. */
  isLive: boolean;
  listen: (listener: FrameListener) => () => void;
}

const LiveContext = createContext<Live | null>(null);

/** Reads the person's `updates` for every page below it, and asks again for what they make old. */
export function LiveProvider({ subject, children }: { subject: string; children: ReactNode }) {
  const cache = useQueryClient();
  const listeners = useRef(new Set<FrameListener>());
  const [isLive, setIsLive] = useState(false);

  useEffect(() => {
    function refresh(frame: Frame): void {
      const keys = staleKeys(frame);
      if (keys === null) void cache.invalidateQueries();
      else for (const queryKey of keys) void cache.invalidateQueries({ queryKey });
    }
    const end = shareStream(subject, "updates", {
      onFrame: ({ frame }) => {
        refresh(frame);
        for (const listener of listeners.current) listener(frame);
      },
      onOpen: (isOpen) => {
        setIsLive(isOpen);
        // What happened between loading the page and now came as no frame.
        if (isOpen) void cache.invalidateQueries();
      },
      onSignedOut: leaveSignedOut,
    });
    const stopReturn = onReturn(() => void cache.invalidateQueries());
    const stopSignOut = onSignOut(() => {
      end();
      cache.clear();
    });
    return () => {
      end();
      stopReturn();
      stopSignOut();
    };
  }, [cache, subject]);

  const live = useMemo<Live>(
    () => ({
      subject,
      isLive,
      listen: (listener) => {
        listeners.current.add(listener);
        return () => listeners.current.delete(listener);
      },
    }),
    [subject, isLive],
  );
  return <LiveContext value={live}>{children}</LiveContext>;
}

export function useLive(): Live {
  const live = use(LiveContext);
  if (live === null) throw new Error("useLive needs a LiveProvider above it");
  return live;
}

/** Calls `onFrame` for every frame of `updates`. */
export function useFrames(onFrame: FrameListener): void {
  const { listen } = useLive();
  const handle = useEffectEvent(onFrame);
  useEffect(() => listen((frame) => handle(frame)), [listen]);
}

// Everything that is kept: an answer under way shows whole after a reload.
const BEGINNING = "0-0";

/** Reads another stream from its beginning, while the component is there. */
export function useStream(name: StreamName, onFrame: FrameListener, onOpen: (isOpen: boolean) => void): void {
  const { subject } = useLive();
  const handleFrame = useEffectEvent(onFrame);
  const handleOpen = useEffectEvent(onOpen);
  useEffect(
    () =>
      shareStream(
        subject,
        name,
        {
          onFrame: ({ frame }) => handleFrame(frame),
          onOpen: (isOpen) => handleOpen(isOpen),
          onSignedOut: leaveSignedOut,
        },
        BEGINNING,
      ),
    [subject, name],
  );
}
