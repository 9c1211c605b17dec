/** What the server and the page say to each other. */

export interface Message {
  content: string;
  from: string;
  to: string;
}

export interface ListedUser {
  userID: string;
  username: string;
  connected: boolean;
  messages: Message[];
}

export interface ServerEvents {
  session: (session: { sessionID: string; userID: string }) => void;
  users: (users: ListedUser[]) => void;
  "user connected": (user: ListedUser) => void;
  "user disconnected": (userID: string) => void;
  "private message": (message: Message) => void;
}

export interface PageEvents {
  "private message": (message: { content: string; to: string }) => void;
}
