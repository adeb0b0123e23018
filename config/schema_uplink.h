// The part of the schema about where scenes and events go, and what is kept (config/schema.h).
#pragma once

#include "config/config.h"
#include "config/key.h"

namespace dl::config {

template <class V>
void describe_connection(V& v, Endpoint& endpoint, std::string_view kinds) {
  v.key({.name = "proxy", .form = Form::proxy, .kind = kinds, .help = "Proxy through which the service is reached."},
        endpoint.proxy);
  v.key({.name = "proxy_login_file",
         .form = Form::secret,
         .kind = kinds,
         .help = "A file with one line user:password, for a proxy that asks for it."},
        endpoint.proxy_login_file);
  v.key({.name = "no_proxy", .kind = kinds, .help = "Hosts that are reached without the proxy, with commas between."},
        endpoint.no_proxy);
  v.key({.name = "ca_file",
         .form = Form::secret,
         .kind = kinds,
         .initial_note = "the authorities of the system",
         .help = "Certificate authorities to trust for this service, PEM."},
        endpoint.ca_file);
}

template <class V>
void describe_timeouts(V& v, Endpoint& endpoint, std::string_view kinds) {
  v.key({.name = "connect_timeout",
         .kind = kinds,
         .initial = "20 s",
         .minimum = "1 s",
         .maximum = "10 min",
         .help = "How long to wait for a connection, TLS included."},
        endpoint.connect_timeout);
  v.key({.name = "stall_timeout",
         .kind = kinds,
         .initial = "60 s",
         .minimum = "1 s",
         .maximum = "1 h",
         .help = "A request that moved no byte for this long is given up and tried again."},
        endpoint.stall_timeout);
}

// Of a service of Google.
template <class V>
void describe_google(V& v, Endpoint& endpoint, std::string_view kind, std::string_view url) {
  v.key({.name = "endpoint",
         .form = Form::url,
         .kind = kind,
         .initial = url,
         .help = "Base address of the service. Another one than Google's is for emulators and private gateways."},
        endpoint.url);
  v.key({.name = "credentials",
         .kind = kind,
         .initial = "service-account",
         .help = "service-account signs tokens with the key in credentials_file; service-account-token exchanges the "
                 "key for tokens at Google's token endpoint, which some organizations require; metadata asks the "
                 "metadata server of the machine (workload identity); none sends no credentials, for emulators."},
        endpoint.credentials);
  v.key({.name = "credentials_file",
         .form = Form::secret,
         .kind = kind,
         .help = "Google service-account key, JSON. Keep its mode at 0600. It is read again when it changes."},
        endpoint.credentials_file);
}

template <class V>
void describe_s3(V& v, Destination& destination) {
  v.key({.name = "region",
         .form = Form::word,
         .kind = "s3",
         .initial = "us-east-1",
         .help = "Region of the bucket. Ceph's is usually default."},
        destination.region);
  v.key({.name = "endpoint",
         .form = Form::url,
         .kind = "s3",
         .initial_note = "https://s3.<region>.amazonaws.com",
         .help = "Base address of the service."},
        destination.endpoint.url);
  v.key({.name = "addressing",
         .kind = "s3",
         .initial = "virtual",
         .help = "virtual asks for https://bucket.endpoint/name, path for https://endpoint/bucket/name, as most "
                 "servers other than AWS expect."},
        destination.addressing);
  v.key({.name = "credentials_file",
         .form = Form::secret,
         .required = true,
         .kind = "s3",
         .help = "Access key, secret key and perhaps a session token, as AWS's tools keep them (an ini file with "
                 "aws_access_key_id, aws_secret_access_key, aws_session_token). It is read again when it changes."},
        destination.endpoint.credentials_file);
  v.key({.name = "profile",
         .form = Form::word,
         .kind = "s3",
         .initial = "default",
         .help = "Section of credentials_file to use."},
        destination.profile);
  v.key({.name = "create_only",
         .kind = "s3",
         .initial = "true",
         .help = "Tell the service not to replace an object that is there (If-None-Match). Set it to false for servers "
                 "that refuse the header; what is there is then asked for before."},
        destination.create_only);
}

template <class V>
void describe_azure(V& v, Destination& destination) {
  v.key({.name = "account", .form = Form::account, .required = true, .kind = "azure", .help = "The storage account."},
        destination.account);
  v.key({.name = "container",
         .form = Form::container,
         .required = true,
         .kind = "azure",
         .help = "The container; it must exist."},
        destination.container);
  v.key({.name = "endpoint",
         .form = Form::url,
         .kind = "azure",
         .initial_note = "https://<account>.blob.core.windows.net",
         .help = "Base address of the account's blob service."},
        destination.endpoint.url);
  v.key({.name = "credentials_file",
         .form = Form::secret,
         .required = true,
         .kind = "azure",
         .help = "A file with a line key=BASE64 (the account key) or sas=QUERY (a shared access signature), or the "
                 "connection string of Azure's portal. It is read again when it changes."},
        destination.endpoint.credentials_file);
}

template <class V>
void describe_sftp(V& v, Destination& destination) {
  v.key({.name = "host", .form = Form::host_name, .required = true, .kind = "sftp", .help = "Name or address."},
        destination.host);
  v.key({.name = "port", .kind = "sftp", .initial = "22", .minimum = "1", .maximum = "65535", .help = "Its SSH port."},
        destination.port);
  v.key({.name = "user", .form = Form::word, .required = true, .kind = "sftp", .help = "Whom to log in as."},
        destination.user);
  v.key({.name = "key_file",
         .form = Form::secret,
         .kind = "sftp",
         .help = "Private key without passphrase, mode 0600. It is read again for every connection."},
        destination.key_file);
  v.key({.name = "password_file",
         .form = Form::secret,
         .kind = "sftp",
         .help = "A file with the password in its first line, where the server takes no keys."},
        destination.password_file);
  v.key({.name = "known_hosts",
         .form = Form::secret,
         .required = true,
         .kind = "sftp",
         .help = "File with the server's host key, as ssh-keyscan prints it. A server with another key is refused."},
        destination.known_hosts);
  v.key({.name = "folder",
         .form = Form::word,
         .kind = "sftp",
         .initial = ".",
         .help = "Folder on the server; one without a slash in front counts from the user's home."},
        destination.folder);
  v.key({.name = "verify",
         .kind = "sftp",
         .initial = "content",
         .help = "SFTP has no checksums: content reads back what was sent, which costs the way down as much as the way "
                 "up; size compares sizes only."},
        destination.verify);
}

template <class V>
void describe(V& v, Destination& destination) {
  v.key({.name = "name", .form = Form::name, .required = true, .help = "Name of the destination."}, destination.name);
  v.key({.name = "kind",
         .initial = "directory",
         .help = "directory copies scenes into a folder, also one of a mounted share; gcs uploads them to a bucket of "
                 "Google Cloud Storage, s3 to one of Amazon S3 or a server that speaks like it, azure to a container "
                 "of Azure Blob Storage, sftp to a folder of an SSH server."},
        destination.kind);
  v.key({.name = "required",
         .initial = "true",
         .help = "Whether a scene must be there to count as delivered. One that is not required gets the scenes too, "
                 "but nothing waits for it."},
        destination.required);
  v.key({.name = "workers", .initial = "2", .minimum = "1", .maximum = "16", .help = "Objects sent at the same time."},
        destination.workers);
  v.key({.name = "retry_delay_max",
         .initial = "5 min",
         .minimum = "100 ms",
         .maximum = "1 d",
         .help = "While the destination is away, attempts are made ever less often, but at least this often."},
        destination.retry_delay_max);
  v.key({.name = "object_prefix",
         .form = Form::object_prefix,
         .help = "Put in front of every object name, such as \"downlink/station-a\"."},
        destination.object_prefix);
  v.key({.name = "path",
         .form = Form::host_path,
         .kind = "directory",
         .initial_note = "bucket in the spool directory",
         .help = "The folder. It is made when it is not there."},
        destination.path);
  v.key(
      {.name = "require_mount",
       .kind = "directory",
       .initial = "false",
       .help = "The folder is where a share or another disk is mounted: wait while it is not, in place of filling the "
               "folder below it, and keep to the limit of [bandwidth]."},
      destination.require_mount);
  v.key({.name = "bucket",
         .form = Form::bucket,
         .required = true,
         .kind = "gcs, s3",
         .help = "The bucket; it must exist."},
        destination.bucket);
  describe_google(v, destination.endpoint, "gcs", "https://storage.googleapis.com");
  v.key({.name = "chunk_size",
         .kind = "gcs",
         .initial = "8 MiB",
         .minimum = "256 KiB",
         .maximum = "1 GiB",
         .multiple_of = "256 KiB",
         .help = "How much is sent between two checkpoints. What a broken connection costs is at most this much."},
        destination.chunk_size_bytes);
  describe_s3(v, destination);
  describe_azure(v, destination);
  v.key({.name = "part_size",
         .kind = "s3, azure",
         .initial = "8 MiB",
         .minimum = "5 MiB",
         .maximum = "1 GiB",
         .help = "How much is sent between two checkpoints. What a broken connection costs is at most this much. "
                 "Larger parts are taken for objects that would have too many."},
        destination.part_size_bytes);
  describe_sftp(v, destination);
  describe_connection(v, destination.endpoint, "gcs, s3, azure");
  describe_timeouts(v, destination.endpoint, "gcs, s3, azure, sftp");
}

template <class V>
void describe(V& v, Publisher& publisher) {
  v.key({.name = "name", .form = Form::name, .required = true, .help = "Name of the publisher."}, publisher.name);
  v.key({.name = "kind",
         .initial = "journal",
         .help = "journal appends events to events.jsonl in the spool directory; pubsub publishes them on a topic of "
                 "Google Cloud Pub/Sub; webhook posts them to an address, signed. downlinkctl outbox shows them all."},
        publisher.kind);
  v.key({.name = "retry_delay_max",
         .initial = "5 min",
         .minimum = "100 ms",
         .maximum = "1 d",
         .help = "While the service is away, attempts are made ever less often, but at least this often."},
        publisher.retry_delay_max);
  v.key({.name = "project", .form = Form::project, .required = true, .kind = "pubsub", .help = "Google Cloud project."},
        publisher.project);
  v.key({.name = "topic", .form = Form::topic, .required = true, .kind = "pubsub", .help = "The topic; it must exist."},
        publisher.topic);
  describe_google(v, publisher.endpoint, "pubsub", "https://pubsub.googleapis.com");
  v.key({.name = "ordering",
         .kind = "pubsub",
         .initial = "false",
         .help = "Send ordering keys (station and instrument). Subscribers that need order pay for it: one event "
                 "that fails holds up those behind it."},
        publisher.ordering);
  v.key({.name = "url",
         .form = Form::hook_url,
         .required = true,
         .kind = "webhook",
         .help = "Where events are posted to, as CloudEvents."},
        publisher.url);
  v.key({.name = "secret_file",
         .form = Form::secret,
         .kind = "webhook",
         .help = "A file with the secret that signs events (HMAC-SHA256), so that the receiver knows whose they are. "
                 "Without it they are not signed."},
        publisher.secret_file);
  describe_connection(v, publisher.endpoint, "pubsub, webhook");
  describe_timeouts(v, publisher.endpoint, "pubsub, webhook");
}

template <class V>
void describe(V& v, Bandwidth& bandwidth) {
  v.key({.name = "limit",
         .initial_note = "no limit",
         .help = "A weekly timetable of all uploads together, in UTC. Every text says from when on which rate holds: "
                 "[\"Mon-Fri 08:00 2 Mbit/s\", \"Mon-Fri 18:00 off\"]; without days it is every day, off is no "
                 "limit, pause sends nothing. downlinkctl bandwidth shows what is in force, and changes it for a "
                 "while."},
        bandwidth.limit);
  v.key(
      {.name = "during_pass",
       .form = Form::word_or_rate,
       .initial = "send",
       .help = "While a pass is received: send goes on as always, pause sends nothing, a rate such as \"1 Mbit/s\" is "
               "the most that is sent then. For stations whose receiver shares the link."},
      bandwidth.during_pass);
}

template <class V>
void describe(V& v, Retention& retention) {
  v.key({.name = "quota",
         .initial_note = "none, the disk is the limit",
         .minimum = "1 MiB",
         .maximum = "1024 TiB",
         .help = "How much recordings and scenes may take up together."},
        retention.quota_bytes);
  v.key({.name = "keep_free",
         .initial_note = "twice space.stop_scenes_below",
         .minimum = "1 MiB",
         .maximum = "1024 TiB",
         .help = "How much to keep free on the disk of the spool."},
        retention.keep_free_bytes);
  v.key({.name = "keep_delivered_for",
         .initial_note = "until the room is needed",
         .minimum = "0 s",
         .maximum = "3650 d",
         .help = "Scenes that are delivered and announced are dropped after this time, also when there is room."},
        retention.keep_delivered_for);
  v.key({.name = "keep_recordings_for",
         .initial_note = "until the room is needed",
         .minimum = "0 s",
         .maximum = "3650 d",
         .help = "The same of recordings, when every scene of theirs is delivered or dropped. A recording is the only "
                 "thing that cannot be made again."},
        retention.keep_recordings_for);
  v.key(
      {.name = "drop_recordings_without_scenes",
       .initial = "false",
       .help = "Recordings that gave no scene may be dropped too. Such a recording is all that there is of its pass."},
      retention.drop_recordings_without_scenes);
  v.key({.name = "drop_before_optional",
         .initial = "false",
         .help = "Delivered scenes may be dropped although a destination that is not required does not have them yet."},
        retention.drop_before_optional);
  v.key({.name = "drop_undelivered_level_0",
         .initial = "false",
         .help = "Level-0 packet files that could not be delivered yet may be dropped, oldest first, when nothing else "
                 "makes room."},
        retention.drop_undelivered_level_0);
  v.key({.name = "drop_undelivered_scenes",
         .initial = "false",
         .help = "After those, scenes that could not be delivered yet may be dropped too, oldest first. Every one of "
                 "them is announced as dropped."},
        retention.drop_undelivered_scenes);
}

}  // namespace dl::config
