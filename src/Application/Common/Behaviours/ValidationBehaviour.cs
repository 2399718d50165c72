using System.Text.Json;
using ErrorOr;
using FaceId.Domain.Common;
using FluentValidation;
using MediatR;

namespace FaceId.Application.Common.Behaviours;

/// <summary>Refuses a request that breaks its validators' rules, with one error a field.</summary>
internal sealed class ValidationBehaviour<TRequest, TResponse>(IEnumerable<IValidator<TRequest>> validators)
    : IPipelineBehavior<TRequest, TResponse>
    where TRequest : IRequest<TResponse>
    where TResponse : IErrorOr
{
    public async Task<TResponse> Handle(TRequest request, CancellationToken cancellationToken, RequestHandlerDelegate<TResponse> next)
    {
        var errors = new List<Error>();
        foreach (var validator in validators)
        {
            var result = await validator.ValidateAsync(request, cancellationToken);
            errors.AddRange(result.Errors.Select(failure =>
                Invalid.Field(JsonNamingPolicy.CamelCase.ConvertName(failure.PropertyName), failure.ErrorMessage)));
        }

        return errors.Count == 0 ? await next() : Refusal<TResponse>.From(errors);
    }
}
