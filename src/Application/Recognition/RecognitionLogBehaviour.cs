using ErrorOr;
using FaceId.Application.Common;
using FaceId.Application.Common.Security;
using FaceId.Domain.Recognition;
using MediatR;

namespace FaceId.Application.Recognition;

/// <summary>
/// Logs every attempt: decided, refused, failed, or given up by the client. The answer goes out only after its row is
/// durable, and no cancellation stops the writing.
/// </summary>
internal sealed class RecognitionLogBehaviour<TRequest, TResponse>(IRecognitionLogWriter writer, ICaller caller, TimeProvider time)
    : IPipelineBehavior<TRequest, TResponse>
    where TRequest : IRequest<TResponse>
    where TResponse : IErrorOr
{
    /// <summary>Reasons for attempts that came to no answer at all.</summary>
    private const string ClientGone = "client_gone";
    private const string InternalError = "internal_error";

    public async Task<TResponse> Handle(TRequest request, CancellationToken cancellationToken, RequestHandlerDelegate<TResponse> next)
    {
        if (request is not IRecognitionAttempt attempt)
        {
            return await next();
        }

        var started = time.GetTimestamp();
        TResponse response;
        try
        {
            response = await next();
        }
        catch (Exception exception)
        {
            var gone = exception is OperationCanceledException && cancellationToken.IsCancellationRequested;
            await writer.WriteAsync(Refused(attempt, gone ? ClientGone : InternalError, started));
            throw;
        }

        if (response is { IsError: true, Errors: [var first, ..] })
        {
            await writer.WriteAsync(Refused(attempt, first.Code, started));
            return response;
        }

        foreach (var facts in Outcome(response).All)
        {
            await writer.WriteAsync(Decided(attempt, facts, started));
        }

        return response;
    }

    private RecognitionLog Decided(IRecognitionAttempt attempt, RecognitionFacts facts, long started) =>
        Row(attempt, attempt.Attempted, started) with
        {
            UserId = attempt.SubjectId ?? facts.FoundId,
            Success = facts.Success,
            Distance = facts.Distance,
            Threshold = facts.Threshold,
            Confidence = facts.Confidence,
            Model = facts.Model,
            Reason = facts.Success ? null : Decision.NoMatch,
        };

    private RecognitionLog Refused(IRecognitionAttempt attempt, string reason, long started) =>
        Row(attempt, RecognitionAction.Failed, started) with { Reason = reason };

    private RecognitionLog Row(IRecognitionAttempt attempt, RecognitionAction action, long started) => new()
    {
        UserId = attempt.SubjectId,
        ActorId = caller.UserId,
        ApiKeyId = caller.ApiKey?.KeyId,
        Action = action,
        Attempted = attempt.Attempted,
        Success = false,
        IpAddress = caller.IpAddress,
        UserAgent = caller.StoredUserAgent,
        CreatedAt = time.GetUtcNow(),
        LatencyMs = Milliseconds.Since(time, started),
    };

    private static IRecognitionOutcome Outcome(TResponse response) =>
        ((IErrorOr<IRecognitionOutcome>)response).Value;
}
