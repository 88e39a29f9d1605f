package dev.lockstep.model.hub;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// A small HTTP proxy on the loopback interface. It passes requests for http on to one server,
/// whatever host they name, and answers every CONNECT with the status that it was given; after 200
/// it keeps the first byte of what comes through the tunnel, and hangs up.
final class LoopbackProxy implements AutoCloseable {
  private final ServerSocket server;
  private final URI target;

  /// The value that `Proxy-Authorization` must have, or null if none is asked for.
  @Nullable String required;

  /// The answer to a CONNECT.
  String answer = "200 Connection established";

  /// The first line of every request.
  final List<String> requests = Collections.synchronizedList(new ArrayList<>());

  /// The first byte that came through each tunnel.
  final List<Integer> tunnelled = Collections.synchronizedList(new ArrayList<>());

  LoopbackProxy(URI target) throws IOException {
    this.target = target;
    server = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
    Thread.ofVirtual().start(this::accept);
  }

  int port() {
    return server.getLocalPort();
  }

  String address() {
    return "http://127.0.0.1:" + port();
  }

  private void accept() {
    while (!server.isClosed()) {
      try {
        Socket client = server.accept();
        Thread.ofVirtual().start(() -> serve(client));
      } catch (IOException e) {
        return; // closed
      }
    }
  }

  private void serve(Socket client) {
    try (client) {
      BufferedReader in =
          new BufferedReader(
              new InputStreamReader(client.getInputStream(), StandardCharsets.ISO_8859_1), 1);
      List<String> head = new ArrayList<>();
      for (String line = in.readLine(); line != null && !line.isEmpty(); line = in.readLine()) {
        head.add(line);
      }
      if (head.isEmpty()) {
        return;
      }
      requests.add(head.getFirst());
      OutputStream out = client.getOutputStream();
      boolean admitted = required == null || head.contains("Proxy-Authorization: " + required);
      boolean tunnel = head.getFirst().startsWith("CONNECT ");
      if (!admitted) {
        write(out, "HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n");
      } else if (tunnel) {
        write(out, "HTTP/1.1 " + answer + "\r\n\r\n");
        if (answer.startsWith("200")) {
          tunnelled.add(client.getInputStream().read());
        }
      } else {
        forward(head, out);
      }
    } catch (IOException e) {
      // The client has gone.
    }
  }

  private void forward(List<String> head, OutputStream out) throws IOException {
    String[] words = head.getFirst().split(" ", -1);
    URI asked = URI.create(words[1]);
    try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), target.getPort())) {
      StringBuilder request = new StringBuilder();
      request.append(words[0]).append(' ').append(asked.getRawPath()).append(" HTTP/1.1\r\n");
      head.stream()
          .skip(1)
          .filter(line -> !line.startsWith("Proxy-") && !line.startsWith("Connection:"))
          .forEach(line -> request.append(line).append("\r\n"));
      write(socket.getOutputStream(), request + "Connection: close\r\n\r\n");
      InputStream answer = socket.getInputStream();
      answer.transferTo(out);
    }
  }

  private static void write(OutputStream out, String text) throws IOException {
    out.write(text.getBytes(StandardCharsets.ISO_8859_1));
    out.flush();
  }

  @Override
  public void close() throws IOException {
    server.close();
  }
}
