"""Where market data comes from: recorded files, streams over WebSocket, and the recorder that keeps what came."""
