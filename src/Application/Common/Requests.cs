using ErrorOr;
using MediatR;

namespace FaceId.Application.Common;

/// <summary>A request that changes something.</summary>
public interface ICommand<TResponse> : IRequest<ErrorOr<TResponse>>;

/// <summary>A request that only reads.</summary>
public interface IQuery<TResponse> : IRequest<ErrorOr<TResponse>>;

/// <summary>Marks a command that reads before it writes, and so runs in one transaction; one save alone needs none.</summary>
public interface ITransactional;

/// <summary>A request about one account, which that account itself may be allowed to send.</summary>
public interface IAboutUser
{
    int UserId { get; }
}
