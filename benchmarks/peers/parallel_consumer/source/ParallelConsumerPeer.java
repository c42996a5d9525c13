import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.confluent.parallelconsumer.ParallelConsumerOptions;
import io.confluent.parallelconsumer.ParallelConsumerOptions.ProcessingOrder;
import io.confluent.parallelconsumer.reactor.ReactorProcessor;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.common.serialization.StringSerializer;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Scheduler;
import reactor.core.scheduler.Schedulers;

/**
 * The peer: the same work on Confluent's Parallel Consumer, in key order, without a thread a record.
 *
 * <p>For each request one event, acknowledged; the device's answer, a timer; one more event, acknowledged. Only then
 * does the key's next request begin, and only then counts this one as done.
 *
 * <p>Arguments: BROKERS REQUESTS EVENTS SEND_MS
 */
public final class ParallelConsumerPeer {
    private static final int IN_FLIGHT = 3000;
    private static final ObjectMapper JSON = new ObjectMapper();

    private final String events;
    private final long sendMs;
    private final KafkaProducer<String, byte[]> producer;

    private ParallelConsumerPeer(String brokers, String events, long sendMs) {
        this.events = events;
        this.sendMs = sendMs;
        // A few milliseconds of linger and large batches: Kafka's own advice for throughput, and its default since 4.0.
        this.producer = new KafkaProducer<>(
                Map.of("bootstrap.servers", brokers, "acks", "all", "enable.idempotence", true,
                        "linger.ms", 10, "batch.size", 256 * 1024),
                new StringSerializer(), new ByteArraySerializer());
    }

    public static void main(String[] arguments) {
        String brokers = arguments[0];
        ParallelConsumerPeer peer =
                new ParallelConsumerPeer(brokers, arguments[2], Math.round(Double.parseDouble(arguments[3])));
        // The function never blocks, so it needs no thread of its own: half as fast again as with the default scheduler.
        Scheduler scheduler = Schedulers.immediate();
        ReactorProcessor<String, byte[]> processor = new ReactorProcessor<>(
                ParallelConsumerOptions.<String, byte[]>builder()
                        .consumer(consumer(brokers, arguments[1]))
                        .ordering(ProcessingOrder.KEY)
                        .maxConcurrency(IN_FLIGHT)
                        .build(),
                () -> scheduler);
        processor.subscribe(List.of(arguments[1]));
        processor.react(context -> peer.handle(context.getSingleConsumerRecord()));
    }

    private static KafkaConsumer<String, byte[]> consumer(String brokers, String requests) {
        return new KafkaConsumer<>(
                Map.of("bootstrap.servers", brokers, "group.id", requests, "auto.offset.reset", "earliest",
                        "enable.auto.commit", false, "max.poll.records", 5000),
                new StringDeserializer(), new ByteArrayDeserializer());
    }

    /** Exactly one signal: with none, the Parallel Consumer would wait for this record for ever. */
    private Mono<?> handle(ConsumerRecord<String, byte[]> record) {
        JsonNode request = read(record.value());
        if (!"send_requested".equals(request.path("type").textValue())) {
            return Mono.just(record);
        }
        String key = record.key();
        ObjectNode answer = JSON.createObjectNode().put("request_id", request.path("id").textValue());
        Mono<RecordMetadata> attempted = tell(key, "send_attempted", record.offset(), (ObjectNode) request.path("data"));
        Mono<RecordMetadata> accepted = Mono.defer(() -> tell(key, "send_accepted", record.offset(), answer));
        return sendMs == 0
                ? attempted.then(accepted)
                : attempted.then(Mono.delay(Duration.ofMillis(sendMs))).then(accepted);
    }

    private Mono<RecordMetadata> tell(String key, String type, long offset, ObjectNode data) {
        ObjectNode event = JSON.createObjectNode().put("specversion", "1.0").put("type", type).put("subject", key);
        event.set("data", data.put("request", offset));
        CompletableFuture<RecordMetadata> acknowledged = new CompletableFuture<>();
        producer.send(new ProducerRecord<>(events, key, write(event)), (metadata, error) -> {
            if (error == null) {
                acknowledged.complete(metadata);
            } else {
                acknowledged.completeExceptionally(error);
            }
        });
        return Mono.fromFuture(acknowledged);
    }

    private static JsonNode read(byte[] value) {
        try {
            return JSON.readTree(value);
        } catch (java.io.IOException error) {
            throw new java.io.UncheckedIOException(error);
        }
    }

    private static byte[] write(ObjectNode event) {
        try {
            return JSON.writeValueAsBytes(event);
        } catch (java.io.IOException error) {
            throw new java.io.UncheckedIOException(error);
        }
    }
}
