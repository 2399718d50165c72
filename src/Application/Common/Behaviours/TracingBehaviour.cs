using System.Diagnostics;
using ErrorOr;
using MediatR;
using Microsoft.Extensions.Logging;

namespace FaceId.Application.Common.Behaviours;

/// <summary>Gives every use case a span, and its refusals one line in the log: names and codes only, never what was sent.</summary>
internal sealed partial class TracingBehaviour<TRequest, TResponse>(ILogger<TracingBehaviour<TRequest, TResponse>> logger)
    : IPipelineBehavior<TRequest, TResponse>
    where TRequest : IRequest<TResponse>
    where TResponse : IErrorOr
{
    public async Task<TResponse> Handle(TRequest request, CancellationToken cancellationToken, RequestHandlerDelegate<TResponse> next)
    {
        using var activity = Telemetry.Source.StartActivity(typeof(TRequest).Name);
        var response = await next();
        if (response is { IsError: true, Errors: [var first, ..] })
        {
            activity?.SetStatus(ActivityStatusCode.Error, first.Code);
            LogRefused(logger, typeof(TRequest).Name, first.Code);
        }

        return response;
    }

    [LoggerMessage(EventId = 100, Level = LogLevel.Information, Message = "{UseCase} refused: {Code}")]
    private static partial void LogRefused(ILogger logger, string useCase, string code);
}
