package dev.lockstep.model.hub;

import dev.lockstep.api.file.FileProblem;
import dev.lockstep.api.file.LocalFiles;
import dev.lockstep.model.ModelException;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.http.HttpResponse;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;

/// The `blobs/` of a repository in the cache: files named by their checksum. A blob gets its name
/// when its length and checksum have been verified; until then it is `ETAG.lockstep-incomplete`,
/// which a later attempt continues.
final class BlobStore {
  private static final String INCOMPLETE = ".lockstep-incomplete";
  private static final int BUFFER_BYTES = 1 << 16;

  private final Path directory;
  private final HubClient client;
  private final HubSettings settings;
  private final DownloadProgress progress;

  BlobStore(Path directory, HubClient client, HubSettings settings, DownloadProgress progress) {
    this.directory = directory;
    this.client = client;
    this.settings = settings;
    this.progress = progress;
  }

  /// The blob of a file, fetched if it is not there.
  ///
  /// @param name for messages and progress The lock's only use is to be held.
  @SuppressWarnings("try")
  Path require(String name, URI uri, RemoteFile file) throws IOException, InterruptedException {
    Path blob = directory.resolve(file.etag());
    LocalFiles.createDirectories(directory);
    Path incomplete = directory.resolve(file.etag() + INCOMPLETE);
    if (isWhole(blob, file)) {
      progress.finished(name, false);
      return blob;
    }
    try (FileChannel channel = LocalFiles.openOrCreate(incomplete);
        FileLock lock = channel.lock()) {
      if (!isWhole(blob, file)) {
        requireSpace(name, file.bytes() - channel.size());
        complete(name, uri, file, channel);
        channel.force(true);
        LocalFiles.moveAtomically(incomplete, blob);
      }
    }
    progress.finished(name, true);
    return blob;
  }

  private static boolean isWhole(Path blob, RemoteFile file) throws IOException {
    return Files.isRegularFile(blob) && Files.size(blob) == file.bytes();
  }

  private void requireSpace(String name, long bytes) throws IOException {
    long available = Files.getFileStore(directory).getUsableSpace();
    if (bytes > available) {
      throw new ModelException(
          String.format(
              Locale.ROOT,
              "%s: %s needs %d bytes and %d are available; set HF_HUB_CACHE to a directory with room",
              directory,
              name,
              bytes,
              available));
    }
  }

  /// Appends what is missing, and verifies the whole.
  private void complete(String name, URI uri, RemoteFile file, FileChannel channel)
      throws IOException, InterruptedException {
    if (channel.size() > file.bytes()) {
      channel.truncate(0);
    }
    ContentHash hash = new ContentHash(file);
    long present = hashPresent(channel, hash);
    progress.started(name, present, file.bytes());
    if (present < file.bytes()) {
      HttpResponse<InputStream> response = client.get(uri, present);
      try (StallGuard body = new StallGuard(response, settings.stallTimeout())) {
        if (present > 0 && !continuesAt(present, file, response)) {
          channel.truncate(0);
          throw new TransientFailure("the server does not continue a download; starting again");
        }
        append(file, channel, hash, body);
      }
    }
    if (channel.size() < file.bytes()) {
      throw new TransientFailure(
          String.format(
              Locale.ROOT,
              "the connection ended after %d of %d bytes",
              channel.size(),
              file.bytes()));
    }
    if (!hash.value().equals(file.etag())) {
      channel.truncate(0);
      throw new TransientFailure("the content does not have the checksum " + file.etag());
    }
  }

  private static long hashPresent(FileChannel channel, ContentHash hash) throws IOException {
    byte[] buffer = new byte[BUFFER_BYTES];
    channel.position(0);
    for (int count = channel.read(ByteBuffer.wrap(buffer));
        count >= 0;
        count = channel.read(ByteBuffer.wrap(buffer))) {
      hash.update(buffer, count);
    }
    return channel.position();
  }

  private static boolean continuesAt(
      long present, RemoteFile file, HttpResponse<InputStream> response) {
    String range = response.headers().firstValue("Content-Range").orElse("");
    return response.statusCode() == 206
        && range.equals(
            String.format(Locale.ROOT, "bytes %d-%d/%d", present, file.bytes() - 1, file.bytes()));
  }

  private void append(RemoteFile file, FileChannel channel, ContentHash hash, StallGuard body)
      throws IOException {
    byte[] buffer = new byte[BUFFER_BYTES];
    for (int count = body.read(buffer); count >= 0; count = body.read(buffer)) {
      if (channel.position() + count > file.bytes()) {
        channel.truncate(0);
        throw new TransientFailure(
            String.format(
                Locale.ROOT, "the server sends more than the %d bytes it announced", file.bytes()));
      }
      hash.update(buffer, count);
      write(channel, ByteBuffer.wrap(buffer, 0, count));
      progress.received(count);
    }
  }

  /// A disk that cannot be written is no reason to ask the hub again.
  private void write(FileChannel channel, ByteBuffer bytes) {
    try {
      while (bytes.hasRemaining()) {
        channel.write(bytes);
      }
    } catch (IOException e) {
      throw new ModelException(
          "%s: cannot be written: %s; set HF_HUB_CACHE to a directory with room"
              .formatted(directory, FileProblem.describe(e)),
          e);
    }
  }
}
